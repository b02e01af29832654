// The newest messages, newest first. A busy broker sends more than anyone can read, so only some lines are kept.

import { describe, shorten } from "./topics.js";

const LINES_MAX = 300;

export class MessageLog {
  #element;
  #waiting = [];
  #select;
  paused = false;

  constructor(element, select) {
    this.#element = element;
    this.#select = select;
    element.addEventListener("click", (event) => {
      const topic = event.target.closest(".entry")?.topic;
      if (topic !== undefined) this.#select(topic);
    });
  }

  add(message) {
    if (this.paused) return;
    this.#waiting.push({ message, date: new Date() });
    if (this.#waiting.length > LINES_MAX) this.#waiting.shift();
  }

  clear() {
    this.#waiting = [];
    this.#element.replaceChildren();
  }

  /** Called once a frame, whatever the number of messages was. */
  update() {
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting.reverse().map(line);
    this.#waiting = [];
    const reading = this.#element.scrollTop > 4;
    const before = this.#element.scrollHeight;
    this.#element.prepend(...lines);
    while (this.#element.children.length > LINES_MAX) this.#element.lastChild.remove();
    if (reading) this.#element.scrollTop += this.#element.scrollHeight - before;
  }
}

function line({ message, date }) {
  const entry = document.createElement("div");
  entry.className = "entry";
  entry.topic = message.topic;
  const time = document.createElement("time");
  time.textContent = `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  entry.append(time, part("topic", message.topic), part("payload", shorten(describe(message).text, 200)));
  if (message.retain) entry.append(part("retained", "retained"));
  if (message.qos > 0) entry.append(part("qos", `QoS ${message.qos}`));
  return entry;
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}
