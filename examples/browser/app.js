// The page: forms on one side, a client on the other.

import { Client } from "polymqtt";
import { startDemo } from "./demo.js";
import { Detail } from "./detail.js";
import { MessageLog } from "./message-log.js";
import { TopicTree } from "./topics.js";
import { TreeView } from "./tree-view.js";

const element = (id) => document.getElementById(id);
const forms = { connection: element("connection"), subscribe: element("subscribe"), publish: element("publish") };

const tree = new TopicTree();
const detail = new Detail();
const view = new TreeView(element("tree"), tree, (node) => detail.show(node));
const log = new MessageLog(element("log"), (topic) => view.choose(tree.find(topic)));
const subscriptions = new Map(); // Topic Filter -> { qos, subscription }
let client;
let demo;
let changed = false;
let arrived = 0;

// Connecting

forms.connection.addEventListener("submit", (event) => {
  event.preventDefault();
  if (client) void disconnect();
  else open(forms.connection.elements.url.value, forms.connection.elements.url.value);
});

for (const id of ["demo", "start-demo"]) element(id).addEventListener("click", startHouse);

async function startHouse() {
  await disconnect();
  demo = await startDemo();
  open(demo.target, "the broker in this page");
}

function open(target, name) {
  const { userName, password, protocolVersion } = forms.connection.elements;
  try {
    client = new Client(target, {
      protocolVersion: protocolVersion.value,
      userName: userName.value || undefined,
      password: password.value || undefined,
    });
  } catch (error) {
    notify(error.message);
    return;
  }
  status("waiting", `connecting to ${name}`);
  notify();
  element("connect").textContent = "Disconnect";
  client.addEventListener("connect", () => {
    status("online", `connected to ${name}`);
    notify();
  });
  client.addEventListener("disconnect", ({ cause, reasonName, reasonString, statement, reconnectAt }) => {
    if (reconnectAt !== undefined) status("waiting", `reconnecting to ${name}`);
    const details = reasonString ?? statement;
    const why = `${reasonName}${details ? ` (${details})` : ""}`;
    if (cause === "refused" || cause === "serverDisconnected") notify(`The broker says: ${why}`);
    else if (cause === "violation") notify(`The broker does not keep to the standard: ${why}`);
    else if (cause.endsWith("Timeout")) notify(`${name} does not answer`);
  });
  client.addEventListener("error", ({ error }) => notify(error.message));
  client.addEventListener("close", ({ target }) => {
    if (target !== client && client !== undefined) return;
    client = undefined;
    element("connect").textContent = "Connect";
    status("offline", "offline");
  });
  const wanted = subscriptions.size > 0 ? [...subscriptions] : [[forms.subscribe.elements.filter.value, { qos: 0 }]];
  for (const [filter, { qos }] of wanted) void subscribe(filter, qos);
}

async function disconnect() {
  const [leaving, ending] = [client, demo];
  client = demo = undefined;
  element("connect").textContent = "Connect";
  await leaving?.end();
  await ending?.end();
}

function status(state, text) {
  element("status").dataset.state = state;
  element("status").textContent = text;
}

function notify(text = "") {
  element("notice").textContent = text;
  element("notice").hidden = text === "";
}

// Subscribing

forms.subscribe.addEventListener("submit", (event) => {
  event.preventDefault();
  const { filter, qos } = forms.subscribe.elements;
  if (client) void subscribe(filter.value, Number(qos.value));
  else notify("Connect first; then this subscription is made.");
});

async function subscribe(filter, qos) {
  try {
    await subscriptions.get(filter)?.subscription?.unsubscribe();
    const subscription = await client.on(filter, receive, { qos });
    subscriptions.set(filter, { qos, subscription });
    notify();
  } catch (error) {
    notify(error.message);
  }
  showSubscriptions();
}

function receive(message) {
  tree.add(message, performance.now());
  log.add(message);
  arrived += 1;
  if (!changed) requestAnimationFrame(update);
  changed = true;
}

function showSubscriptions() {
  const items = [...subscriptions].map(([filter, { qos, subscription }]) => {
    const item = document.createElement("li");
    item.append(qos > 0 ? `${filter} · QoS ${qos}` : filter);
    const remove = document.createElement("button");
    remove.textContent = "×";
    remove.title = `Unsubscribe from ${filter}`;
    remove.addEventListener("click", () => {
      subscriptions.delete(filter);
      showSubscriptions();
      subscription.unsubscribe().catch((error) => notify(error.message));
    });
    item.append(remove);
    return item;
  });
  element("subscriptions").replaceChildren(...items);
}

// Publishing

forms.publish.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { topic, payload, qos, retain } = forms.publish.elements;
  await publish(topic.value, payload.value, { qos: Number(qos.value), retain: retain.checked });
});

async function publish(topic, payload, options) {
  const output = element("published");
  output.className = "";
  try {
    if (!client) throw new Error("Not connected.");
    const started = performance.now();
    const { reasonName } = await client.publish(topic, payload, options);
    const took = `${(performance.now() - started).toFixed(1)} ms`;
    output.textContent = options.qos === 0 ? `Sent to ${topic}.` : `${topic}: ${reasonName ?? "acknowledged"}, after ${took}.`;
  } catch (error) {
    output.className = "bad";
    output.textContent = error.message;
  }
}

element("use-topic").addEventListener("click", () => {
  forms.publish.elements.topic.value = detail.node.path;
  forms.publish.elements.payload.focus();
});
element("clear-retained").addEventListener("click", () => publish(detail.node.path, "", { qos: 1, retain: true }));

// Showing

element("search").addEventListener("input", ({ target }) => {
  view.search = target.value;
  view.update();
});
element("pause").addEventListener("change", ({ target }) => (log.paused = target.checked));
element("clear").addEventListener("click", () => log.clear());

function update() {
  changed = false;
  element("welcome").hidden = true;
  element("tree").hidden = false;
  view.update();
  detail.update();
  log.update();
  element("topic-count").textContent = `${tree.topics.toLocaleString()} topics`;
}

setInterval(() => {
  element("rate").textContent = arrived > 0 ? `${arrived.toLocaleString()} per second` : "";
  arrived = 0;
}, 1000);

// A link such as index.html?url=ws://host:8083/mqtt&filter=home/%23 fills in the forms; ?demo starts the demonstration.
const given = new URLSearchParams(location.search);
if (given.has("url")) forms.connection.elements.url.value = given.get("url");
else if (location.protocol.startsWith("http")) forms.connection.elements.url.value = `ws://${location.hostname}:8083/mqtt`;
if (given.has("filter")) forms.subscribe.elements.filter.value = given.get("filter");
if (given.has("demo")) void startHouse();
else if (given.has("connect")) forms.connection.requestSubmit();
