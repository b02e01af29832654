// All vectors of the core, through the package, in Node. tests/page.test.js does the same in a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as codec from "polymqtt/codec";
import * as main from "polymqtt";
import * as machines from "polymqtt/sans-io";
import { runBrokerVectors } from "./vectors/broker.js";
import { runClientVectors } from "./vectors/client.js";
import { runCodecVectors, runMalformedVectors } from "./vectors/codec.js";
import { runTopicVectors } from "./vectors/topic.js";

const suites = [
  ["topic.txt", (text) => runTopicVectors(text, main)],
  ["codec.txt", (text) => runCodecVectors(text, codec)],
  ["malformed.txt", (text) => runMalformedVectors(text, codec)],
  ["client.txt", (text) => runClientVectors(text, machines)],
  ["broker.txt", (text) => runBrokerVectors(text, machines)],
];

for (const [file, run] of suites) {
  test(`every case of ${file} holds`, async () => {
    const text = await readFile(new URL(`../../core/vectors/${file}`, import.meta.url), "utf8");
    const { count, failures } = run(text);
    assert.deepEqual(failures, []);
    assert.ok(count > 50, `only ${count} cases`);
  });
}
