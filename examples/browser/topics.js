// What is known about each topic: a tree by levels, the last message, and the numbers for the chart.

const POINTS_MAX = 600;

/** One level of the tree; it is a topic itself once a message came for it. */
export class TopicNode {
  constructor(name, path, depth) {
    this.name = name;
    this.path = path;
    this.depth = depth;
    this.children = new Map();
    this.open = depth < 2;
    this.message = undefined;
    this.received = undefined;
    this.count = 0; // of messages here and below
    this.series = new Map(); // name of a number in the payload -> [{ at, value }]
  }

  /** Short text for a row. */
  get summary() {
    return this.message ? shorten(describe(this.message).text, 120) : "";
  }
}

/** The whole tree. */
export class TopicTree {
  constructor() {
    this.clear();
  }

  clear() {
    this.root = new TopicNode("", "", -1);
    this.topics = 0;
  }

  /** Files a message and returns its node. */
  add(message, at) {
    let node = this.root;
    const levels = message.topic.split("/");
    for (const [depth, name] of levels.entries()) {
      node.count += 1;
      let next = node.children.get(name);
      if (!next) {
        next = new TopicNode(name, levels.slice(0, depth + 1).join("/"), depth);
        node.children.set(name, next);
        node.children = new Map([...node.children].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true })));
      }
      node = next;
    }
    node.count += 1;
    if (!node.message) this.topics += 1;
    node.message = message;
    node.received = at;
    for (const [name, value] of numbers(message)) {
      const points = node.series.get(name) ?? [];
      points.push({ at, value });
      if (points.length > POINTS_MAX) points.shift();
      node.series.set(name, points);
    }
    return node;
  }

  find(path) {
    let node = this.root;
    for (const name of path.split("/")) node = node?.children.get(name);
    return node;
  }

  /** The rows to show: open branches only, or, while searching, everything that leads to a match. */
  rows(search) {
    const wanted = search.toLowerCase();
    const rows = [];
    const visit = (node) => {
      let found = !wanted || node.path.toLowerCase().includes(wanted);
      const start = rows.length;
      if (node !== this.root) rows.push(node);
      if (node.open || wanted || node === this.root) for (const child of node.children.values()) found = visit(child) || found;
      if (!found) rows.length = start;
      return found;
    };
    visit(this.root);
    return rows;
  }
}

/** The payload as text for people, and what kind of thing it is. */
export function describe(message) {
  const { payload } = message;
  if (payload.length === 0) return { kind: "empty", text: "(empty)", pretty: "(empty)" };
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    const hex = Array.from(payload.subarray(0, 4096), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return { kind: `${payload.length} bytes`, text: hex, pretty: hex };
  }
  if (/^\s*[[{]/.test(text)) {
    try {
      return { kind: "JSON", text, pretty: JSON.stringify(JSON.parse(text), undefined, 2) };
    } catch {
      // Looks like JSON and is not: shown as the text that it is.
    }
  }
  return { kind: text.trim() !== "" && Number.isFinite(Number(text)) ? "number" : "text", text, pretty: text };
}

/** The numbers in a payload: the payload itself, or the fields of a JSON object, two levels deep. */
function* numbers(message) {
  const text = message.payload.length <= 16384 ? message.text().trim() : "";
  if (text === "") return;
  if (Number.isFinite(Number(text))) yield ["", Number(text)];
  else if (text.startsWith("{")) {
    try {
      yield* fields(JSON.parse(text), "", 2);
    } catch {
      // No JSON, no numbers.
    }
  }
}

function* fields(object, prefix, depth) {
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === "number") yield [prefix + name, value];
    else if (depth > 1 && value && typeof value === "object") yield* fields(value, `${prefix}${name}.`, depth - 1);
  }
}

export function shorten(text, length) {
  const line = text.replace(/\s+/g, " ");
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
