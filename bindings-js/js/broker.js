import { Broker as Machine } from "../dist/broker-inline.js";
import { connect } from "./connect.js";
import { Alarm, randomSeed, systemClock } from "./clock.js";
import { acceptChannel, isChannel } from "./transport/channel.js";
import { link } from "./transport/link.js";
import { isPort, openPort } from "./transport/port.js";

const UNSPECIFIED_ERROR = 0x80;
const BAD_USER_NAME_OR_PASSWORD = 0x86;
const ADMINISTRATIVE_ACTION = 0x98;

/**
 * An MQTT broker in this page, Worker or process. It lives in memory and serves whatever is handed to `accept`; in Node it
 * also listens on ports.
 *
 * Events: `connected`, `disconnected`, `refused` and `sessionEnded` (of a client), `error` (error).
 */
export class Broker extends EventTarget {
  #machine;
  #clock;
  #alarm;
  #connections = new Map(); // connection -> { transport, blocked }
  #waiting = new Set(); // connections with bytes to send
  #authorize;
  #draining = false;
  #closers = new Set();

  constructor(options = {}) {
    super();
    const { clock = systemClock, authenticate, ...rest } = options;
    this.#authorize = authenticate;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#do((machine, now) => machine.handleTimeout(now)));
    this.#machine = new Machine({ seed: randomSeed(), askForConnect: authenticate !== undefined, ...rest });
  }

  /** Counters of connections, sessions, messages and bytes. */
  get statistics() {
    return this.#machine.statistics;
  }

  /**
   * Serves a MessagePort, a Worker, a SharedWorker's scope (`self`: every tab that connects), a BroadcastChannel (every
   * client on it), or a function that opens a transport.
   */
  accept(target, info = {}) {
    if (typeof target === "function") this.#accept(target, info);
    else if (isChannel(target)) this.#closers.add(acceptChannel(target, (open) => this.#accept(open, info)));
    else if ("onconnect" in target) target.onconnect = ({ ports }) => this.accept(ports[0], info);
    else if (isPort(target)) this.#accept((events) => openPort(target, events), info);
    else throw new TypeError("a broker accepts a MessagePort, a Worker, a SharedWorker's scope or a BroadcastChannel");
  }

  /** A transport to this broker, in memory: `new Client(broker.open)`. */
  open = (events) => {
    const { client, server } = link();
    const opened = client(events);
    this.accept(server, { peer: "memory" });
    return opened;
  };

  /** A client in the same program. */
  connect(options = {}) {
    return connect(this.open, { clock: this.#clock, ...options });
  }

  /** Publishes in the broker's own name. */
  publish(topic, payload, options = {}) {
    this.#do((machine, now) => machine.publish(topic, payload, options, now));
  }

  /** Ends the connection of a client. */
  disconnect(clientIdentifier, reasonCode = ADMINISTRATIVE_ACTION) {
    this.#do((machine, now) => machine.disconnectClient(clientIdentifier, reasonCode, now));
  }

  /** Says goodbye to everybody and stops listening. */
  async close() {
    this.#do((machine, now) => machine.shutdown(now));
    for (const close of this.#closers) await close();
    this.#closers.clear();
    this.#alarm.schedule(undefined);
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  /** @internal What `close` has to end, too. */
  closing(close) {
    this.#closers.add(close);
  }

  #accept(open, info) {
    let connection;
    try {
      connection = this.#do((machine, now) => machine.accept(info, now));
    } catch (error) {
      // A limit is reached: that one is not served, and the others are.
      open({ open() {}, data() {}, drain() {}, close() {} }).close();
      this.#emit("error", { error });
      return;
    }
    const link = {};
    this.#connections.set(connection, link);
    const current = (call) => (argument) => {
      if (this.#connections.get(connection) === link) call(argument);
    };
    link.transport = open({
      open() {},
      data: current((bytes) => this.#do((machine, now) => machine.handleInput(connection, bytes, now))),
      drain: current(() => {
        link.blocked = false;
        this.#flush(connection);
      }),
      close: current(() => {
        this.#connections.delete(connection);
        this.#do((machine, now) => machine.handleClosed(connection, now));
      }),
    });
  }

  #do(call) {
    try {
      return call(this.#machine, this.#clock.now());
    } finally {
      this.#drain();
    }
  }

  #drain() {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let output; (output = this.#machine.pollOutput()) !== undefined; ) this.#handle(output);
    } finally {
      this.#draining = false;
    }
    this.#alarm.schedule(this.#machine.nextTimeout());
  }

  #handle(output) {
    switch (output.type) {
      case "transmit":
        if (this.#waiting.size === 0) queueMicrotask(() => this.#flushAll());
        this.#waiting.add(output.connection);
        break;
      case "event":
        this.#event(output.event);
        break;
      case "store":
        this.#machine.completed(output.sequence, this.#clock.now());
        break;
      case "close":
        this.#flush(output.connection, true);
        this.#connections.get(output.connection)?.transport?.close();
        this.#connections.delete(output.connection);
        this.#machine.handleClosed(output.connection, this.#clock.now());
    }
  }

  #flushAll() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const connection of waiting) this.#flush(connection);
  }

  #flush(connection, regardless = false) {
    const link = this.#connections.get(connection);
    if (!link || (link.blocked && !regardless)) return;
    const bytes = this.#machine.transmitBytes(connection);
    if (bytes.length === 0) return;
    const count = bytes.length; // A transport may give the bytes away; then their length is 0.
    link.blocked = !link.transport.send(bytes);
    this.#do((machine, now) => machine.transmitted(connection, count, now));
  }

  #event(event) {
    if (event.type === "connectRequest" || event.type === "authentication") void this.#answer(event);
    else this.#emit(event.type, event);
  }

  async #answer(event) {
    let answer;
    try {
      answer = await this.#authorize(event);
    } catch (error) {
      this.#emit("error", { error });
      answer = UNSPECIFIED_ERROR;
    }
    if (!this.#connections.has(event.connection)) return; // It did not wait.
    const { connection, authenticationMethod } = event;
    const step = stepOf(answer);
    this.#do((machine, now) => {
      if (authenticationMethod !== undefined) machine.authenticate(connection, step, now);
      else if (step.type === "success") machine.acceptConnect(connection, step, now);
      else machine.rejectConnect(connection, step.reasonCode ?? BAD_USER_NAME_OR_PASSWORD, undefined, now);
    });
  }

  #emit(name, { type: _, ...detail }) {
    this.dispatchEvent(Object.assign(new Event(name), detail));
  }
}

/** What `authenticate` answered: yes, no, a Reason Code, a grant, or that there is more to be said. */
function stepOf(answer) {
  if (answer === true) return { type: "success" };
  if (answer?.continue) return { type: "continue", authenticationData: answer.authenticationData };
  if (answer && typeof answer === "object") return { ...answer, type: "success" };
  return { type: "failure", reasonCode: answer || BAD_USER_NAME_OR_PASSWORD };
}
