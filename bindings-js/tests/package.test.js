// The package as it is published: packed, installed into an empty project, its README carried out; its size.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import * as main from "polymqtt";

const run = promisify(execFile);
const here = new URL("../", import.meta.url);
let project;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "polymqtt-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: here });
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const tarball = join(project, JSON.parse(stdout)[0].filename);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: project });
});

after(() => rm(project, { recursive: true, force: true }));

async function carryOut(code) {
  await writeFile(join(project, "program.mjs"), code);
  return (await run(process.execPath, ["program.mjs"], { cwd: project })).stdout;
}

test("the README's program does what it says", async () => {
  const readme = await readFile(new URL("README.md", here), "utf8");
  const programs = [...readme.matchAll(/```js run\n(.*?)```/gs)].map(([, code]) => code);
  assert.ok(programs.length > 0);
  for (const program of programs) assert.equal(await carryOut(program), "greeting/world Hello!\n");
});

test("every entry can be imported", async () => {
  const entries = ["polymqtt", "polymqtt/codec", "polymqtt/sans-io", "polymqtt/testing"];
  const code = entries.map((entry) => `console.log(Object.keys(await import("${entry}")).join(" "));`).join("\n");
  const [index, codec, machines, testing] = (await carryOut(code)).trim().split("\n");
  assert.match(index, /^Broker Client Message MqttError Subscription TopicPattern .*connect/);
  assert.match(codec, /^Decoder MqttError decode encode format parse$/);
  assert.match(machines, /^Broker Client Message MqttError$/);
  assert.match(testing, /^Network VirtualClock link settled$/);
});

test("what is exported is declared, and the other way round", async () => {
  const types = new URL("types/", here);
  const files = ["broker", "client", "packet", "topic", "transport"];
  const declared = [];
  for (const file of files) {
    const text = await readFile(new URL(`${file}.d.ts`, types), "utf8");
    for (const [, name] of text.matchAll(/^export (?:class|function|const) (\w+)/gm)) declared.push(name);
  }
  assert.deepEqual(declared.sort(), Object.keys(main).sort());
});

test("nothing of Node is in what a page loads", async () => {
  const pages = ["index", "codec", "sans-io", "testing"].map((name) => `js/${name}.js`);
  for (const file of [...pages, "dist/polymqtt.min.js"]) {
    assert.doesNotMatch(await readFile(new URL(file, here), "utf8"), /from\s*"node:|\bBuffer\./);
  }
});

test("a page that only connects does not load the broker", async () => {
  const bundle = async (code) => {
    const stdin = { contents: code, resolveDir: project };
    const result = await build({ stdin, bundle: true, minify: true, format: "esm", platform: "browser", write: false });
    return result.outputFiles[0].contents.length;
  };
  const client = await bundle('import { connect } from "polymqtt"; console.log(connect);');
  const both = await bundle('import { Broker, connect } from "polymqtt"; console.log(Broker, connect);');
  assert.ok(client < both * 0.6, `${client} bytes for a client, ${both} with the broker`);
});

test("it stays small", async () => {
  const size = async (name) => gzipSync(await readFile(new URL(`dist/${name}`, here)), { level: 9 }).length;
  const sizes = {};
  for (const name of await readdir(new URL("dist/", here))) sizes[name] = await size(name);
  console.log("gzipped, in bytes:", sizes);
  for (const [name, limit] of Object.entries(LIMITS)) {
    assert.ok(sizes[name] <= limit, `${name}: ${sizes[name]} bytes gzipped, ${limit} at most`);
  }
});

// Gzipped, in bytes. A change that needs more has to say why.
const LIMITS = { "client.wasm": 105_000, "broker.wasm": 118_000, "polymqtt.min.js": 240_000 };
