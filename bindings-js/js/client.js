import { Client as Machine, TopicPattern } from "../dist/client-inline.js";
import { Alarm, randomSeed, systemClock } from "./clock.js";
import { MqttError } from "./error.js";
import { settle } from "./outcome.js";
import { Subscription } from "./subscription.js";
import { credentialsOf, transportTo } from "./transport/index.js";
import { Unclaimed } from "./unclaimed.js";

const QUEUE_MAX = 1024;
// A level such as `+id` or `#rest`.
const NAMED_WILDCARD = /(^|\/)[+#][^/]/;
// How long `end` waits for the other side to close the connection.
const GOODBYE_MS = 1000;

/**
 * An MQTT client that keeps its connection by itself. All of MQTT happens in the machine (WebAssembly); here its outputs
 * become bytes on a transport, promises and messages.
 *
 * Events: `connect` (sessionPresent, properties), `disconnect` (reasonCode, reasonName, statement, reconnectAt),
 * `message` (message: one that no subscription here asked for), `authentication` and `error` (error).
 */
export class Client extends EventTarget {
  #machine;
  #clock;
  #alarm;
  #openTransport;
  #transportOptions;
  #credentials;
  #link; // { transport, ready, blocked }
  #flushing = false;
  #draining = false;
  #pending = new Map(); // token -> { resolve, reject, what }
  #handlers = new Map(); // handler -> { subscription, deliver, pattern }
  #filters = new Map(); // Topic Filter -> how many subscriptions want it
  #unclaimed = new Unclaimed(QUEUE_MAX);
  #hasListener = false; // for messages that no subscription asked for
  #closed;
  #gone;

  /** Starts to connect to `target` at once and, unless `reconnect` says otherwise, keeps at it. */
  constructor(target, options = {}) {
    super();
    const { clock = systemClock, credentials, signal, tls, headers, ...rest } = options;
    this.#openTransport = transportTo(target);
    this.#transportOptions = { tls, headers, protocolVersion: rest.protocolVersion };
    this.#credentials = credentials;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#do((machine, now) => machine.handleTimeout(now)));
    this.#machine = new Machine({ seed: randomSeed(), ...credentialsOf(target), ...rest });
    this.#closed = new Promise((resolve) => this.addEventListener("close", resolve, { once: true }));
    signal?.addEventListener("abort", () => void this.end(), { once: true });
    this.#do((machine, now) => machine.connect(now));
    if (signal?.aborted) void this.end();
  }

  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
    if (type !== "message") return;
    this.#hasListener = true;
    for (const message of this.#unclaimed.claimAll()) this.#emit("message", { message });
  }

  /** Whether the server has accepted the connection and it still stands. */
  get connected() {
    return this.#machine.isConnected;
  }

  /** What the server said in CONNACK: its limits, the Client Identifier in use. */
  get server() {
    return this.#machine.server;
  }

  /** Counters of packets, bytes and messages. */
  get statistics() {
    return this.#machine.statistics;
  }

  /** Publishes; resolves when the message is sent (QoS 0) or acknowledged, rejects when it never will be. */
  publish(topic, payload, options = {}) {
    const { signal, ...rest } = options;
    const what = `publication to ${topic}`;
    return this.#token(what, signal, (machine, now) => machine.publish(topic, payload, rest, now));
  }

  /** Publishes a request, at QoS 1 unless told, and resolves to the response, a message. */
  async request(topic, payload, options = {}) {
    const { signal, timeoutMs, ...rest } = options;
    const what = `request to ${topic}`;
    const limit = new AbortController();
    const giveUp = () => limit.abort(new MqttError(`${what} expired: no response in time`, "expired"));
    const timer = timeoutMs === undefined ? undefined : this.#clock.setTimeout(giveUp, timeoutMs);
    signal?.addEventListener("abort", () => limit.abort(signal.reason), { once: true });
    try {
      signal?.throwIfAborted();
      const call = (machine, now) => machine.request(topic, payload, { qos: 1, ...rest }, now);
      return (await this.#token(what, limit.signal, call)).message;
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /**
   * Subscribes to one Topic Filter or several and resolves to a {@link Subscription}. Levels such as `+id` are wildcards
   * with a name: what they matched stands in `message.captures`.
   */
  async subscribe(topicFilters, options = {}) {
    const { queueMax = QUEUE_MAX, ...rest } = options;
    const subscription = this.#register([topicFilters].flat(), queueMax);
    return this.#subscribe(subscription, rest);
  }

  /**
   * Calls `handler(message, captures)` for each message of a Topic Filter. Subscribes, too, unless
   * `{ subscribe: false }` says that the session has the subscription already.
   */
  async on(topicFilters, handler, options = {}) {
    const { subscribe = true, ...rest } = options;
    const call = async (message) => {
      try {
        await handler(message, message.captures);
      } catch (error) {
        this.#emit("error", { error });
      }
    };
    const subscription = this.#register([topicFilters].flat(), 0, call);
    return subscribe ? this.#subscribe(subscription, rest) : subscription;
  }

  /** Answers a request that came with a Response Topic, and so with what ties the two together. */
  respond(request, payload, options = {}) {
    const { responseTopic, correlationData } = request.properties;
    if (responseTopic === undefined) throw new MqttError(`nobody waits for a response to ${request.topic}`, "usage");
    const properties = { ...options.properties, ...(correlationData && { correlationData }) };
    return this.publish(responseTopic, payload, { qos: request.qos, ...options, properties });
  }

  /** Enhanced authentication: answers an `authentication` event. */
  authenticate(authenticationData) {
    this.#do((machine, now) => machine.authenticate(authenticationData, now));
  }

  /** Enhanced authentication: proves again who this is. */
  reAuthenticate(authenticationData) {
    this.#do((machine, now) => machine.reAuthenticate(authenticationData, now));
  }

  /** Says goodbye and resolves when the connection is closed. What has not been acknowledged is given up. */
  async end(options = {}) {
    if (this.#machine.state !== "closed") this.#do((machine, now) => machine.disconnect(options, now));
    await this.#closed;
    await this.#gone;
  }

  async [Symbol.asyncDispose]() {
    await this.end();
  }

  #register(patterns, queueMax, deliver) {
    const handlers = [];
    const subscription = new Subscription([], queueMax, () => this.#unsubscribe(subscription, handlers));
    deliver ??= (message) => subscription.deliver(message);
    for (const text of patterns) {
      const pattern = NAMED_WILDCARD.test(text) ? new TopicPattern(text) : undefined;
      const topicFilter = pattern?.topicFilter ?? text;
      const id = this.#machine.addHandler(topicFilter);
      const handler = { subscription, deliver, pattern };
      handlers.push(id);
      subscription.topicFilters.push(topicFilter);
      this.#handlers.set(id, handler);
      this.#filters.set(topicFilter, (this.#filters.get(topicFilter) ?? 0) + 1);
      for (const message of this.#unclaimed.claim(topicFilter)) give(handler, message);
    }
    return subscription;
  }

  async #subscribe(subscription, { signal, ...options }) {
    const { topicFilters } = subscription;
    const what = `subscription to ${topicFilters.join(", ")}`;
    try {
      const outcome = await this.#token(what, signal, (machine, now) => machine.subscribe(topicFilters, options, now));
      subscription.reasonCodes = outcome.reasonCodes;
      return subscription;
    } catch (error) {
      void subscription.return();
      throw error;
    }
  }

  async #unsubscribe({ topicFilters }, handlers) {
    for (const handler of handlers) {
      this.#machine.removeHandler(handler);
      this.#handlers.delete(handler);
    }
    const unwanted = topicFilters.filter((filter) => {
      const others = this.#filters.get(filter) - 1;
      if (others > 0) this.#filters.set(filter, others);
      else this.#filters.delete(filter);
      return others === 0;
    });
    if (unwanted.length === 0) return;
    const what = `end of the subscription to ${unwanted.join(", ")}`;
    const answer = this.#token(what, undefined, (machine, now) => machine.unsubscribe(unwanted, {}, now));
    await answer.catch((error) => {
      // Where the connection ends for good, so does the subscription.
      if (error.kind !== "disconnected" && error.kind !== "sessionLost") throw error;
    });
  }

  #token(what, signal, call) {
    const promise = new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      // The machine would wait for another connection, and there will be none.
      if (this.#machine.state === "closed") throw new MqttError(`${what} given up: the client has ended`, "disconnected");
      this.#do((machine, now) => {
        const token = call(machine, now);
        this.#pending.set(token, { resolve, reject, what });
        signal?.addEventListener("abort", () => this.#cancel(token, reject, signal.reason), { once: true });
      });
    });
    promise.catch(() => {}); // Who does not wait for the outcome does not want to be told of it.
    return promise;
  }

  #cancel(token, reject, reason) {
    if (!this.#pending.has(token)) return;
    reject(reason);
    this.#do((machine) => machine.cancel(token));
  }

  /** One turn: something is told to the machine, then everything is done that it wants done. */
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
      case "connect":
        void this.#open();
        break;
      case "transmit":
        // All that is published in one go travels in one write.
        if (!this.#flushing) queueMicrotask(() => this.#flush());
        this.#flushing = true;
        break;
      case "event":
        this.#event(output.event);
        break;
      case "store":
        this.#machine.completed(output.sequence, this.#clock.now());
        break;
      case "close":
        this.#flush(true);
        this.#hangUp();
    }
  }

  /** What was written is still on its way then; `end` waits until it has arrived. */
  #hangUp() {
    const link = this.#link;
    this.#link = undefined;
    if (!link?.transport) return;
    const timer = this.#clock.setTimeout(link.isGone, GOODBYE_MS);
    this.#gone = link.gone.then(() => this.#clock.clearTimeout(timer));
    link.transport.close();
  }

  async #open() {
    const link = {};
    link.gone = new Promise((resolve) => (link.isGone = resolve));
    this.#link = link;
    const current = (call) => (argument) => {
      if (this.#link === link) this.#do((machine, now) => call(machine, now, argument));
    };
    const close = current((machine, now, error) => {
      this.#link = undefined;
      if (error) link.fault = error;
      if (link.ready) machine.handleClosed(now);
      else machine.handleConnectFailed(now);
      if (error) this.#emit("error", { error });
    });
    try {
      const given = await this.#credentials?.();
      if (given && this.#link === link) {
        this.#machine.setCredentials(given.userName, given.password);
      }
      if (this.#link !== link) return;
      const open = current((machine, now) => {
        link.ready = true;
        machine.handleConnected(now);
      });
      const data = current((machine, now, bytes) => machine.handleInput(bytes, now));
      const drain = () => {
        link.blocked = false;
        this.#flush();
      };
      const closed = (error) => {
        link.isGone();
        close(error);
      };
      link.transport = this.#openTransport({ open, data, drain, close: closed }, this.#transportOptions);
    } catch (error) {
      queueMicrotask(() => close(error));
    }
  }

  #flush(regardless = false) {
    this.#flushing = false;
    const link = this.#link;
    if (!link?.ready || (link.blocked && !regardless)) return;
    const bytes = this.#machine.transmitBytes();
    if (bytes.length === 0) return;
    const count = bytes.length; // A transport may give the bytes away; then their length is 0.
    link.blocked = !link.transport.send(bytes);
    this.#do((machine, now) => machine.transmitted(count, now));
  }

  #event(event) {
    switch (event.type) {
      case "message":
        this.#message(event);
        break;
      case "settled":
        this.#settled(event);
        break;
      case "connected":
        this.#emit("connect", event);
        break;
      case "disconnected":
        this.#emit("disconnect", event);
        break;
      case "closed":
        this.#ended();
        break;
      default:
        this.#emit(event.type, event);
    }
  }

  #message({ message, acknowledgement, handlers }) {
    if (acknowledgement !== undefined) {
      message.acknowledge = (reasonCode = 0) => {
        this.#do((machine, now) => machine.acknowledge(acknowledgement, reasonCode, now));
      };
    }
    let delivered = false;
    for (const id of handlers) {
      const handler = this.#handlers.get(id);
      if (!handler) continue;
      give(handler, message);
      delivered = true;
    }
    if (delivered) return;
    if (this.#hasListener) this.#emit("message", { message });
    else this.#unclaimed.keep(message);
  }

  #settled({ token, outcome }) {
    const waiting = this.#pending.get(token);
    this.#pending.delete(token);
    if (waiting) settle(waiting, outcome);
  }

  #ended() {
    this.#alarm.schedule(undefined);
    for (const { subscription } of this.#handlers.values()) subscription.end();
    this.#emit("close", {});
  }

  #emit(name, { type: _, ...detail }) {
    this.dispatchEvent(Object.assign(new Event(name), detail));
  }
}

function give({ deliver, pattern }, message) {
  deliver(message.with(pattern?.captures(message.topic) ?? {}));
}
