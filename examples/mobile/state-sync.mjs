// State on several devices, kept equal by retained messages: the broker holds the latest value of each key, a device that was
// away gets what changed, and changes made without a network are sent when it is back.
//
//   node state-sync.mjs USER DEVICE [URL]         reads lines "key=value" and "key=" (removes) and prints changes
//   node state-sync.mjs --demo                    two devices, and a broker, in one program that ends by itself
import { createInterface } from "node:readline";
import { Client } from "polymqtt";
import { demo, say, waitFor } from "./demo.mjs";

/** A map that is the same on every device of a user. Emits `change` with `key`, `value` (or undefined) and `device`. */
export class SyncedState extends EventTarget {
  #values = new Map(); // key -> { value, at, device }
  #client;
  #prefix;
  #device;

  constructor(target, user, device) {
    super();
    this.#prefix = `state/${user}/`;
    this.#device = device;
    // `new Client` instead of `connect`: the app starts without a network, too.
    this.#client = new Client(target, {
      clientIdentifier: `state-${user}-${device}`,
      cleanStart: false,
      sessionExpiryIntervalS: 30 * 24 * 60 * 60,
      reconnect: { delayMinMs: 200, delayMaxMs: 30_000 },
    });
    // Not what this device wrote itself, but the values that are there already.
    this.ready = this.#client.on(`${this.#prefix}#key`, (message, { key }) => this.#merge(key, message), { qos: 1, noLocal: true });
  }

  get(key) {
    return this.#values.get(key)?.value;
  }

  entries() {
    return [...this.#values].filter(([, { value }]) => value !== undefined).map(([key, { value }]) => [key, value]);
  }

  /** Changes a value here at once, and everywhere else as soon as there is a network. */
  set(key, value) {
    // Later than what it replaces, whatever the clocks say.
    const at = Math.max(Date.now(), (this.#values.get(key)?.at ?? 0) + 1);
    const entry = { value, at, device: this.#device };
    this.#values.set(key, entry);
    return this.#client.publish(this.#prefix + key, JSON.stringify(entry), { qos: 1, retain: true });
  }

  delete(key) {
    return this.set(key, undefined);
  }

  async close() {
    await this.#client.end();
  }

  /** The later change wins; of two at the same time that of the device whose name is greater: the same answer everywhere. */
  #merge(key, message) {
    const entry = message.json();
    const known = this.#values.get(key);
    if (known && (known.at > entry.at || (known.at === entry.at && known.device >= entry.device))) return;
    this.#values.set(key, entry);
    this.dispatchEvent(Object.assign(new Event("change"), { key, value: entry.value, device: entry.device }));
  }
}

const [user, device, url = "mqtt://localhost:1883"] = process.argv.slice(2);
if (user === "--demo") {
  await demo(async (url) => {
    const start = (name) => {
      const state = new SyncedState(url, "ann", name);
      state.addEventListener("change", ({ key, value, device }) => say(`${name}: ${key} = ${value} (from ${device})`));
      return state;
    };
    const phone = start("phone");
    await phone.ready;
    await phone.set("theme", "dark");
    let tablet = start("tablet");
    await waitFor(() => tablet.get("theme") === "dark");
    await tablet.close();

    say("the tablet is away");
    await phone.set("theme", "light");
    await phone.set("volume", 7);
    await phone.delete("volume");
    tablet = start("tablet");
    await tablet.set("language", "en"); // its own change goes out as soon as it is connected
    await waitFor(() => tablet.get("theme") === "light" && phone.get("language") === "en");
    const same = () => JSON.stringify(phone.entries().sort()) === JSON.stringify(tablet.entries().sort());
    await waitFor(same);
    say(`both: ${JSON.stringify(Object.fromEntries(phone.entries()))}`);
    await phone.close();
    await tablet.close();
  });
} else if (user && device) {
  const state = new SyncedState(url, user, device);
  state.addEventListener("change", ({ key, value, device }) => say(`${key} = ${value} (from ${device})`));
  for await (const line of createInterface({ input: process.stdin })) {
    const [key, value] = line.split("=");
    await (value ? state.set(key, value) : state.delete(key));
  }
  await state.close();
} else {
  console.error("state-sync.mjs USER DEVICE [URL] | --demo");
  process.exitCode = 2;
}
