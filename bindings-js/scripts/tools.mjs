// Where the programs are that the scripts start, and how they are started.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the npm package. */
export const packageDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** The folder of the whole project. */
export const projectDir = resolve(packageDir, "..");
/** Where cargo puts what it builds. */
export const targetDir = resolve(process.env.CARGO_TARGET_DIR ?? join(projectDir, "target"));

/** Runs a program with its output shown; ends this script when it fails. */
export function run(program, args, { cwd = projectDir, env } = {}) {
  console.log(`$ ${[program, ...args].join(" ")}`);
  const result = spawnSync(program, args, { cwd, stdio: "inherit", env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs a script of an npm package of the project, such as `binaryen/bin/wasm-opt`. */
export function runNpm(script, args, options) {
  const path = join(projectDir, "node_modules", script);
  if (!existsSync(path)) fail(`${path} is missing: cargo xtask setup npm`);
  run(process.execPath, [path, ...args], options);
}

/** Ends this script with a sentence for the person at the keyboard. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}
