// The example programs play through their situations.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

for (const name of ["push", "feed", "state-sync"]) {
  test(`examples/mobile/${name}.mjs --demo`, async () => {
    const program = fileURLToPath(new URL(`../../examples/mobile/${name}.mjs`, import.meta.url));
    const { stdout } = await run(process.execPath, [program, "--demo"], { timeout: 30_000 });
    assert.match(stdout, /\ndone\n$/);
  });
}
