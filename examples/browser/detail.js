// What is known about one topic: its last message, facts about it, the chart.

import { Chart } from "./chart.js";
import { describe } from "./topics.js";

const element = (id) => document.getElementById(id);

export class Detail {
  #chart = new Chart(element("chart"));
  #shown;
  node = undefined;

  /** Shows a topic; `undefined` shows none. */
  show(node) {
    this.node = node;
    this.#shown = undefined;
    this.update();
  }

  /** Called once a frame. */
  update() {
    const { node } = this;
    element("nothing").hidden = node !== undefined;
    element("topic").hidden = node === undefined;
    if (!node || (this.#shown === node.received && node.received !== undefined)) return;
    this.#shown = node.received;
    element("topic-name").textContent = node.path || "(empty)";
    element("clear-retained").hidden = !node.message?.retain;
    const hasChart = [...node.series.values()].some((points) => points.length > 1);
    element("chart-box").hidden = !hasChart;
    element("topic").classList.toggle("text", !hasChart);
    if (hasChart) this.#chart.show(node.series);
    if (node.message) this.#message(node);
    else this.#branch(node);
  }

  #message({ message, received, count, children }) {
    const { kind, pretty } = describe(message);
    const when = new Date(performance.timeOrigin + received).toLocaleTimeString([], { hour12: false });
    const facts = [
      ["Received", when],
      ["QoS", message.qos],
      ["Kind", kind],
      ["Size", `${message.payload.length.toLocaleString()} B`],
      ["Messages", children.size === 0 ? count.toLocaleString() : `${count.toLocaleString()} with those below`],
    ];
    if (message.retain) facts.push(["Retained", "yes"]);
    element("facts").replaceChildren(...facts.map(([name, value]) => fact(name, value)));
    element("value").textContent = pretty;
    this.#properties(message.properties ?? {});
  }

  #branch({ count, children }) {
    element("facts").replaceChildren(fact("Messages below", count.toLocaleString()), fact("Levels below", children.size));
    element("value").textContent = [...children.keys()].join("\n");
    this.#properties({});
  }

  #properties(properties) {
    const rows = Object.entries(properties).flatMap(([name, value]) => {
      if (name === "userProperty") return value.map(([key, text]) => [key, text]);
      if (value instanceof Uint8Array) return [[name, new TextDecoder().decode(value)]];
      return [[name, String(value)]];
    });
    const table = element("properties");
    table.hidden = rows.length === 0;
    table.tBodies[0].replaceChildren(
      ...rows.map(([name, value]) => {
        const row = document.createElement("tr");
        const head = document.createElement("th");
        head.textContent = name;
        row.append(head);
        row.insertCell().textContent = value;
        return row;
      }),
    );
  }
}

function fact(name, value) {
  const pair = document.createElement("div");
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value;
  pair.append(term, text);
  return pair;
}
