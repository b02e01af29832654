// Builds dist/: WebAssembly from the Rust half, the JavaScript around it, and single files for pages without a build step.
//
//   node scripts/build.mjs          what is published
//   node scripts/build.mjs --fast   without wasm-opt, for work on the code
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { packageDir, projectDir, run, runNpm, targetDir } from "./tools.mjs";

const fast = process.argv.includes("--fast");
const dist = join(packageDir, "dist");
const bindgen = join(projectDir, ".setup/wasm-bindgen/debug/polymqtt-wasm-bindgen");

// The name of a WebAssembly file and what is in it.
const parts = [
  { name: "client", features: "client" },
  { name: "broker", features: "broker" },
  { name: "full", features: "client,codec,broker,text" },
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const part of parts) {
  compile(part);
  inline(part);
}
bundle("index");
// npm packs a licence that lies in the package's folder.
copyFileSync(join(projectDir, "LICENSE"), join(packageDir, "LICENSE"));
link();

function compile({ name, features }) {
  const target = "wasm32-unknown-unknown";
  const cargo = ["build", "-p", "polymqtt-js", "--target", target, "--profile", "wasm"];
  run("cargo", [...cargo, "--no-default-features", "--features", features], { env: { CARGO_TARGET_DIR: targetDir } });
  const built = join(targetDir, target, "wasm/polymqtt_js.wasm");
  run(bindgen, [built, "--out-dir", dist, "--out-name", name, "--target", "web"]);
  const raw = join(dist, `${name}_bg.wasm`);
  const optimized = join(dist, `${name}.wasm`);
  if (fast) writeFileSync(optimized, readFileSync(raw));
  else runNpm("binaryen/bin/wasm-opt", ["-Oz", raw, "-o", optimized]);
  for (const file of [raw, join(dist, `${name}.d.ts`), join(dist, `${name}_bg.wasm.d.ts`)]) rmSync(file);
}

// Instantiated while the module loads and without waiting: users neither call an init function nor meet a top-level await.
function inline({ name }) {
  const wasm = readFileSync(join(dist, `${name}.wasm`));
  const base64 = deflateRawSync(wasm, { level: 9 }).toString("base64");
  const code = [
    `import { initSync } from "./${name}.js";`,
    'import { inflate } from "../js/inflate.js";',
    `initSync({ module: inflate("${base64}", ${wasm.length}) });`,
    `export * from "./${name}.js";`,
    "",
  ];
  writeFileSync(join(dist, `${name}-inline.js`), code.join("\n"));
}

// One file with everything in it, for `<script type="module">`.
function bundle(name) {
  const output = name === "index" ? "polymqtt" : `polymqtt-${name}`;
  const from = join(packageDir, "js", `${name}.js`);
  const to = join(dist, `${output}.min.js`);
  const flags = ["--bundle", "--format=esm", "--minify", "--legal-comments=none", "--log-level=warning"];
  runNpm("esbuild/bin/esbuild", [from, ...flags, `--outfile=${to}`]);
}

// Examples and tests of the project import the package by its name.
function link() {
  const path = join(projectDir, "node_modules/polymqtt");
  if (!existsSync(path)) symlinkSync("../bindings-js", path);
}
