// What tests need: time that passes when the test says so, and connections in memory that can fail.
import { link } from "./transport/link.js";

export { link };

/** A clock that stands still until `advance`. Give it as `clock` to clients and brokers. */
export class VirtualClock {
  #now = 0;
  #timers = new Map();
  #next = 1;

  now() {
    return this.#now;
  }

  setTimeout(callback, delay) {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + Math.max(0, delay), callback });
    return id;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  /** Lets `ms` pass: every timer that is due fires, in order, at its own time, and what it starts may finish. */
  async advance(ms) {
    const end = this.#now + ms;
    await settled();
    for (let due; (due = this.#due(end)) !== undefined; ) {
      const [id, { at, callback }] = due;
      this.#timers.delete(id);
      this.#now = at;
      callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #due(end) {
    let first;
    for (const entry of this.#timers) {
      if (entry[1].at <= end && (!first || entry[1].at < first[1].at)) first = entry;
    }
    return first;
  }
}

/** A network in memory between clients and a broker (or whatever has an `accept`), which can fail. */
export class Network {
  #broker;
  #links = new Set();
  reachable = true;

  constructor(broker) {
    this.#broker = broker;
  }

  /** What a client connects to: `new Client(network.open)`. */
  open = (events) => {
    if (!this.reachable) {
      queueMicrotask(() => events.close(new Error("the network is not reachable")));
      return { send: () => true, close() {} };
    }
    const made = link();
    this.#links.add(made);
    const opened = made.client(events);
    this.#broker.accept(made.server);
    return opened;
  };

  /** Breaks every connection, without a goodbye. What is on its way is lost. */
  cut() {
    for (const each of this.#links) each.close(new Error("the connection was cut"));
    this.#links.clear();
  }
}

/** Waits until everything has happened that needs no time: what runs before the next timer of the platform. */
export function settled() {
  return new Promise((resolve) => setTimeout(resolve));
}
