// Tests the package as it was built: its declarations, then everything in tests/, in Node and in Chromium.
//
//   node scripts/test.mjs [FILE...]
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fail, packageDir, run, runNpm } from "./tools.mjs";

if (!existsSync(join(packageDir, "dist/polymqtt.min.js"))) fail("build the package first: node bindings-js/scripts/build.mjs");
runNpm("typescript/bin/tsc", ["-p", join(packageDir, "tests")]);
const named = process.argv.slice(2);
const all = readdirSync(join(packageDir, "tests")).filter((name) => name.endsWith(".test.js"));
const files = named.length > 0 ? named : all.map((name) => join("tests", name));
run(process.execPath, ["--test", ...files], { cwd: packageDir });
