// Runs core/vectors/codec.txt and malformed.txt through the package's codec.
import { equal, expand, fromHex, runAll, toHex } from "./format.js";

/** Valid packets: bytes to packet to text and back, whole and in pieces. */
export function runCodecVectors(text, { Decoder, decode, encode, format, parse }) {
  return runAll(text, (each) => {
    const options = optionsOf(each);
    const bytes = bytesOf(each);
    const { packet, length } = decode(bytes, options);
    equal(length, bytes.length, "length");
    const line = expand(each.raw("packet"));
    equal(format(packet, options), line, "text");

    const encoded = encode(packet, options);
    equal(toHex(encoded) === toHex(bytes), each.raw("encode") !== "no", `encoded ${shorten(toHex(encoded))}: same bytes`);
    equal(toHex(encode(parse(line, options), options)), toHex(encoded), "through text");
    equal(format(decode(encoded, options).packet, options), line, "text of what was encoded");

    for (const end of new Set([0, 1, bytes.length >> 1, bytes.length - 1])) {
      equal(decode(bytes.subarray(0, end), options), undefined, `the first ${end} bytes`);
    }
    for (const size of bytes.length > LONG ? [bytes.length] : [1, 7, bytes.length]) {
      const decoder = new Decoder(options);
      for (let at = 0; at < bytes.length; at += size) {
        equal(decoder.read(), undefined, "before the end");
        decoder.write(bytes.subarray(at, at + size));
      }
      equal(format(decoder.read(), options), line, `in pieces of ${size}`);
      equal(decoder.read(), undefined, "after the end");
      decoder.free();
    }
  });
}

/** Bytes that are refused, with the Reason Code and the statement that they break. */
export function runMalformedVectors(text, { Decoder, decode }) {
  return runAll(text, (each) => {
    const options = optionsOf(each);
    const bytes = bytesOf(each);
    const expected = [each.raw("reason"), each.raw("statement")];
    equal(refusalOf(() => decode(bytes, options)), expected);
    const decoder = new Decoder(options);
    const inPieces = () => {
      for (const byte of bytes.length > LONG ? [bytes] : Array.from(bytes, (each) => new Uint8Array([each]))) {
        decoder.write(byte);
        decoder.read();
      }
    };
    equal(refusalOf(inPieces), expected, "in pieces");
    decoder.free();
  });
}

function optionsOf(each) {
  const number = (key) => (each.raw(key) === undefined ? undefined : Number(each.raw(key)));
  return {
    protocolVersion: each.raw("version"),
    sender: each.raw("sender"),
    packetSizeMax: number("packet_size_max"),
    propertiesMax: number("properties_max"),
    topicLevelsMax: number("topic_levels_max"),
    propertyList: true,
  };
}

function bytesOf(each) {
  return fromHex(expand(each.raw("bytes").replaceAll(" ", "")));
}

function refusalOf(call) {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error.name !== "MqttError") throw error;
    return [`0x${error.reasonCode.toString(16).padStart(2, "0")}`, error.statement];
  }
}

function shorten(text) {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

// Longer ones are not taken apart byte by byte.
const LONG = 4096;
