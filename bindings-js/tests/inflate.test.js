// What the build deflates comes out as it was, however zlib chose to write it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { inflate } from "../js/inflate.js";

const text = Buffer.from("at most once, at least once, exactly once. ".repeat(5000));
const mixed = Buffer.concat([randomBytes(70_000), text, Buffer.alloc(1000), randomBytes(300)]);
const samples = { nothing: Buffer.alloc(0), "one byte": Buffer.from("a"), text, noise: randomBytes(100_000), mixed };
const ways = {
  stored: { level: 0 },
  fixed: { strategy: constants.Z_FIXED },
  "Huffman only": { strategy: constants.Z_HUFFMAN_ONLY },
  best: { level: 9 },
};

for (const [way, options] of Object.entries(ways)) {
  for (const [name, bytes] of Object.entries(samples)) {
    test(`${name}, ${way}`, () => {
      const out = inflate(deflateRawSync(bytes, options).toString("base64"), bytes.length);
      assert.equal(Buffer.compare(bytes, out), 0);
    });
  }
}
