// The page: for each device that reports, its switches and sliders. A change is a request; the device's response, and nothing
// else, is what the page shows as done.

import { Client } from "polymqtt";

const PATIENCE_MS = 3000;
const NO_MATCHING_SUBSCRIBERS = 0x10; // the broker says at once that nobody takes the request

const url = new URLSearchParams(location.search).get("url") ?? "ws://localhost:8083/mqtt";
const client = new Client(url);
const devices = new Map(); // name -> { section, status, controls: Map of name -> Control }

client.addEventListener("connect", () => showConnection("online", "connected"));
client.addEventListener("disconnect", ({ reconnectAt }) => {
  if (reconnectAt === undefined) showConnection("offline", "disconnected");
  else showConnection("waiting", "connecting again");
});
client.addEventListener("error", ({ error }) => showConnection("offline", error.message));

client.on("home/+device/about", (message, { device }) => open(device).describe(message.json()), { qos: 1 });
client.on("home/+device/status", (message, { device }) => open(device).report(message.text()), { qos: 1 });
client.on("home/+device/state/+control", (message, { device, control }) => {
  open(device).state(control, message.json());
}, { qos: 1 });

function showConnection(state, text) {
  const output = document.getElementById("connection");
  output.dataset.state = state;
  output.textContent = text;
}

/** The panel of a device; made when it is heard of for the first time. */
function open(name) {
  if (!devices.has(name)) devices.set(name, new Device(name));
  return devices.get(name);
}

class Device {
  #name;
  #section = fromTemplate("device");
  #values = new Map();
  #controls = new Map();

  constructor(name) {
    this.#name = name;
    this.#section.dataset.device = name;
    this.#section.querySelector(".name").textContent = name;
    document.getElementById("nobody")?.remove();
    document.getElementById("devices").append(this.#section);
    this.report("unknown");
  }

  /** Which controls it has. */
  describe(descriptions) {
    for (const control of this.#controls.values()) control.element.remove();
    this.#controls = new Map(descriptions.map((each) => [each.name, new Control(`home/${this.#name}/set/${each.name}`, each)]));
    for (const control of this.#controls.values()) this.#section.append(control.element);
    for (const [name, value] of this.#values) this.#controls.get(name)?.show(value);
  }

  /** Whether it is there: its own word, or its will. */
  report(status) {
    this.#section.dataset.status = status;
    this.#section.querySelector(".status").textContent = status;
  }

  /** What a control stands at, whoever has changed it. */
  state(name, value) {
    this.#values.set(name, value);
    this.#controls.get(name)?.show(value);
  }
}

class Control {
  element = fromTemplate("control");
  #topic;
  #unit;
  #input = this.element.querySelector("input");
  #value;

  constructor(topic, { name, kind, unit = "", min, max, step }) {
    this.#topic = topic;
    this.#unit = unit;
    this.element.dataset.control = name;
    this.element.querySelector(".name").textContent = name;
    if (kind === "switch") Object.assign(this.#input, { type: "checkbox", role: "switch" });
    else Object.assign(this.#input, { type: "range", min, max, step });
    this.#input.addEventListener("input", () => this.#label(this.#wanted));
    this.#input.addEventListener("change", () => this.#ask(this.#wanted));
  }

  get #wanted() {
    return this.#input.type === "checkbox" ? this.#input.checked : this.#input.valueAsNumber;
  }

  /** The value that the device has confirmed. */
  show(value) {
    this.#value = value;
    if (this.element.dataset.state === "asking") return; // the answer is about to come
    if (this.#input.type === "checkbox") this.#input.checked = value;
    else this.#input.value = value;
    this.#label(value);
  }

  async #ask(value) {
    this.#tell("asking", "…");
    this.#input.disabled = true;
    const start = performance.now();
    try {
      const response = await client.request(this.#topic, JSON.stringify(value), { qos: 1, timeoutMs: PATIENCE_MS });
      const answer = response.json();
      if (answer.error !== undefined) throw new Error(answer.error);
      this.#value = answer.value;
      this.#tell("done", `done in ${Math.round(performance.now() - start)} ms`);
    } catch (error) {
      this.#tell("failed", explain(error));
    }
    this.#input.disabled = false;
    this.show(this.#value); // what it is, which after a failure is not what was wanted
  }

  #label(value) {
    this.element.querySelector(".value").textContent = typeof value === "boolean" ? (value ? "on" : "off") : `${value} ${this.#unit}`;
  }

  #tell(state, text) {
    this.element.dataset.state = state;
    this.element.querySelector(".answer").textContent = text;
  }
}

/** In words for who stands before the page. */
function explain(error) {
  if (error.kind === "expired") return "no answer";
  if (error.reasonCode === NO_MATCHING_SUBSCRIBERS) return "the device is not there";
  return error.message;
}

function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
