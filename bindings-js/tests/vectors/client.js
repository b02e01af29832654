// Runs core/vectors/client.txt through the package's sans-IO client.
import { equal, fromHex, runAll, toHex, unquote } from "./format.js";
import { camelCase, fields, Pending, splitText } from "./transcript.js";

export function runClientVectors(text, { Client }) {
  return runAll(text, (each) => {
    const client = new Client(options(each.all("option")));
    const run = new Transcript(client);
    for (const [key, value] of each.lines) if (key !== "option") run.line(key, value);
    run.end();
    client.free();
  });
}

class Transcript {
  #client;
  #pending;
  #now = 0;

  constructor(client) {
    this.#client = client;
    this.#pending = new Pending(client);
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
    equal(toHex(this.#client.transmitBytes()), "", "bytes that nobody expected");
  }

  #step(key, value) {
    const client = this.#client;
    const now = this.#now;
    switch (key) {
      case "connect":
        return client.connect(now);
      case "connected":
        return client.handleConnected(now);
      case "connect_failed":
        return client.handleConnectFailed(now);
      case "closed":
        return client.handleClosed(now);
      case "timeout":
        return client.handleTimeout(now);
      case "disconnect":
        return client.disconnect({}, now);
      case "input":
        return client.handleInput(fromHex(value.replaceAll(" ", "")), now);
      case "publish":
      case "request": {
        const { topic, payload, ...rest } = message(value);
        return client[key](topic, payload, rest, now);
      }
      case "subscribe": {
        const [filter, rest] = splitText(value);
        return client.subscribe(filter, { qos: Number(fields(rest).qos) }, now);
      }
      case "unsubscribe":
        return client.unsubscribe(unquote(value), {}, now);
      case "handler":
        return client.addHandler(unquote(value));
      case "acknowledge": {
        const [handle, code] = value.split(" ");
        return client.acknowledge(Number(handle), Number(code), now);
      }
      case "cancel":
        return client.cancel(Number(value));
      case "authenticate":
        return client.authenticate(fromHex(value), now);
      case "re_authenticate":
        return client.reAuthenticate(fromHex(value), now);
      default:
        throw new Error(`no step called ${key}`);
    }
  }

  #expect(what, value, line) {
    switch (what) {
      case "timeout":
        equal(this.#client.nextTimeout(), value === "none" ? undefined : Number(value), line);
        break;
      case "transmit": {
        const bytes = this.#client.transmitBytes();
        equal(toHex(bytes), value.replaceAll(" ", ""), "transmit");
        this.#client.transmitted(bytes.length, this.#now);
        this.#pending.collect();
        break;
      }
      case "error":
        equal(this.#pending.takeError()?.reasonCode, Number(value), line);
        break;
      default: {
        const output = this.#pending.take();
        equal(output.type, what, line);
        if (what === "event") equal(output.event.text, value);
      }
    }
  }
}

function cut(line) {
  const space = line.indexOf(" ");
  return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

function message(text) {
  const { topic, qos, retain, payload, message_expiry_interval: expiry } = fields(text);
  const properties = expiry === undefined ? undefined : { messageExpiryInterval: Number(expiry) };
  return { topic, qos: Number(qos), retain: retain === "1", payload: fromHex(payload), properties };
}

function options(lines) {
  const found = {};
  for (const line of lines) {
    const [name, value] = cut(line);
    switch (name) {
      case "protocol_version":
      case "acknowledgement":
        found[camelCase(name)] = value;
        break;
      case "client_identifier":
      case "user_name":
        found[camelCase(name)] = unquote(value);
        break;
      case "password":
        found.password = fromHex(value);
        break;
      case "clean_start":
      case "request_response_information":
        found[camelCase(name)] = value === "1";
        break;
      case "republish_qos1":
        found.republishQoS1 = value === "1";
        break;
      case "will":
        found.will = message(value);
        break;
      case "will_delay_interval_s":
        found.will.delayIntervalS = Number(value);
        break;
      case "authentication": {
        const [method, data] = splitText(value);
        found.authentication = { method, data: data === "" ? undefined : fromHex(data) };
        break;
      }
      case "reconnect": {
        const [delayMinMs, delayMaxMs, attemptsMax] = value.split(" ").map(Number);
        found.reconnect = value === "never" ? false : { delayMinMs, delayMaxMs, attemptsMax };
        break;
      }
      case "queue_messages_max":
        found.queue = { ...found.queue, messagesMax: Number(value) };
        break;
      case "queue_when_full":
        found.queue = { ...found.queue, whenFull: value === "drop_qos0_first" ? "dropQoS0First" : camelCase(value) };
        break;
      default:
        found[camelCase(name)] = Number(value);
    }
  }
  return found;
}
