// Runs core/vectors/broker.txt through the package's sans-IO broker.
import { equal, fromHex, runAll, toHex, unquote } from "./format.js";
import { camelCase, fields, Pending } from "./transcript.js";

export function runBrokerVectors(text, { Broker }) {
  return runAll(text, (each) => {
    const broker = new Broker(options(each.all("option")));
    const run = new Transcript(broker);
    for (const [key, value] of each.lines) if (key !== "option") run.line(key, value);
    run.end();
    broker.free();
  });
}

class Transcript {
  #broker;
  #pending;
  #connections = new Map(); // name -> connection
  #now = 0;

  constructor(broker) {
    this.#broker = broker;
    this.#pending = new Pending(broker);
  }

  line(key, value) {
    if (key === "expect") this.#expect(...cut(value), value);
    else if (key === "now") this.#now = Number(value);
    else {
      this.#nothingWaits();
      this.#pending.step(() => this.#step(key, value));
    }
  }

  end() {
    this.#pending.check();
    this.#nothingWaits();
  }

  #nothingWaits() {
    for (const [name, connection] of this.#connections) {
      equal(toHex(this.#broker.transmitBytes(connection)), "", `bytes for ${name} that nobody expected`);
    }
  }

  #step(key, value) {
    const broker = this.#broker;
    const now = this.#now;
    const [name, rest] = cut(value);
    const connection = this.#connections.get(name);
    switch (key) {
      case "accept":
        return this.#connections.set(value, broker.accept({}, now));
      case "input":
        return broker.handleInput(connection, fromHex(rest.replaceAll(" ", "")), now);
      case "closed":
        return broker.handleClosed(connection, now);
      case "timeout":
        return broker.handleTimeout(now);
      case "shutdown":
        return broker.shutdown(now);
      case "publish": {
        const { topic, qos, retain, payload } = fields(value);
        return broker.publish(topic, fromHex(payload), { qos: Number(qos), retain: retain === "1" }, now);
      }
      case "disconnect":
        return broker.disconnect(connection, Number(rest), now);
      case "accept_connect":
        return broker.acceptConnect(connection, rest ? { userName: unquote(rest) } : {}, now);
      case "reject_connect":
        return broker.rejectConnect(connection, Number(rest), undefined, now);
      case "authenticate":
        return broker.authenticate(connection, step(...cut(rest)), now);
      default:
        throw new Error(`no step called ${key}`);
    }
  }

  #expect(what, value, line) {
    switch (what) {
      case "timeout":
        equal(this.#broker.nextTimeout(), value === "none" ? undefined : Number(value), line);
        break;
      case "transmit": {
        const [name, bytes] = cut(value);
        const connection = this.#connections.get(name);
        const waiting = this.#broker.transmitBytes(connection);
        equal(toHex(waiting), bytes.replaceAll(" ", ""), `transmit ${name}`);
        this.#broker.transmitted(connection, waiting.length, this.#now);
        this.#pending.collect();
        break;
      }
      case "error":
        equal(this.#pending.takeError()?.message, value);
        break;
      default: {
        const output = this.#pending.take();
        equal(output.type, what, line);
        if (what === "event") equal(output.event.text, value);
        else equal(output.connection, this.#connections.get(value), line);
      }
    }
  }
}

function step(type, value) {
  if (type === "failure") return { type, reasonCode: Number(value) };
  return { type, authenticationData: value === "" ? undefined : fromHex(value) };
}

function cut(line) {
  const space = line.indexOf(" ");
  return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

const FLAGS = /_available$|^queue_qos_0$|^client_identifier_assigned$|^ask$/;
const TEXTS = /^response_information$|^version$/;
const NAMES = { ask: "askForConnect", maximum_qos: "maximumQoS", queue_qos_0: "queueQoS0", protocol_version_min: "protocolVersionMin" };

function options(lines) {
  const found = { sysIntervalS: 0, seed: 0 };
  for (const line of lines) {
    const [name, value] = cut(line);
    // `session_expiry_interval_s_max` is `sessionExpiryIntervalSMax`.
    const key = NAMES[name] ?? camelCase(name);
    if (FLAGS.test(name)) found[key] = value === "1";
    else if (TEXTS.test(name)) found[key] = unquote(value);
    else found[key] = name === "protocol_version_min" ? value : Number(value);
  }
  return found;
}
