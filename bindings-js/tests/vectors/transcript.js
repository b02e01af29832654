// What transcripts of client and broker have in common: outputs are collected after each step and named one by one.
import { unquote } from "./format.js";

/** The outputs of a machine that were not named yet. */
export class Pending {
  #machine;
  #outputs = [];
  #error;

  constructor(machine) {
    this.#machine = machine;
  }

  /** Carries out a step and collects what it brings. */
  step(call) {
    this.check();
    try {
      call();
    } catch (error) {
      if (error.name !== "MqttError") throw error;
      this.#error = error;
    }
    this.collect();
  }

  /** A Transmit needs nothing but to be taken: what waits is asked for by itself. */
  collect() {
    for (let output; (output = this.#machine.pollOutput()) !== undefined; ) {
      if (output.type !== "transmit") this.#outputs.push(output);
    }
  }

  /** The next output. */
  take() {
    const output = this.#outputs.shift();
    if (!output) throw new Error(`nothing is left to do${this.#error ? `; the step failed: ${this.#error.message}` : ""}`);
    return output;
  }

  /** The error of the step. */
  takeError() {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** Fails when something was not named. */
  check() {
    if (this.#error) throw new Error(`a step failed: ${this.#error.message}`);
    if (this.#outputs.length > 0) throw new Error(`not expected: ${JSON.stringify(this.#outputs[0])}`);
  }
}

/** `name=value name="a text"` as an object, the texts without their quotes. */
export function fields(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    found[name] = value.startsWith('"') ? unquote(value) : value;
  }
  return found;
}

/** `max_packet_size` in JavaScript. */
export function camelCase(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** Splits `"a text" and more` behind the text. */
export function splitText(value) {
  const [, text, rest] = /^("(?:[^"\\]|\\.)*") ?(.*)$/s.exec(value);
  return [unquote(text), rest];
}
