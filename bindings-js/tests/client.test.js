// The client as its users see it, against a broker in the same process, on a clock that stands still.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Broker, Client, connect, MqttError } from "polymqtt";
import { Network, settled, VirtualClock } from "polymqtt/testing";

function setUp(brokerOptions = {}) {
  const clock = new VirtualClock();
  const broker = new Broker({ clock, ...brokerOptions });
  const network = new Network(broker);
  return { clock, broker, network, join: (options) => connect(network.open, { clock, ...options }) };
}

async function take(subscription, count) {
  const messages = [];
  while (messages.length < count) messages.push((await subscription.next()).value);
  return messages;
}

for (const protocolVersion of ["5.0", "3.1.1", "3.1"]) {
  test(`messages of every QoS arrive once and in order in ${protocolVersion}`, async () => {
    const { join } = setUp();
    const client = await join({ protocolVersion, clientIdentifier: "a" });
    const subscription = await client.subscribe("a/#", { qos: 2 });
    assert.deepEqual(subscription.reasonCodes, [2]);
    for (const qos of [0, 1, 2]) assert.equal((await client.publish("a/b", `number ${qos}`, { qos })).reasonCode, 0);
    const received = (await take(subscription, 3)).map((message) => [message.topic, message.text(), message.qos]);
    assert.deepEqual(received, [0, 1, 2].map((qos) => ["a/b", `number ${qos}`, qos]));
    await client.end();
  });
}

test("payloads are bytes, text or JSON", async () => {
  const { join } = setUp();
  const client = await join();
  const subscription = await client.subscribe("a");
  await client.publish("a", new Uint8Array([0, 255]));
  await client.publish("a", '{"b":[1]}');
  await client.publish("a");
  const [bytes, json, empty] = await take(subscription, 3);
  assert.deepEqual([...bytes.payload], [0, 255]);
  assert.deepEqual(json.json(), { b: [1] });
  assert.equal(empty.payload.length, 0);
  await assert.rejects(client.publish("a", { b: 1 }), /JSON\.stringify/);
});

test("properties travel with the message", async () => {
  const { join } = setUp();
  const client = await join();
  const subscription = await client.subscribe("a", { subscriptionIdentifier: 7 });
  const properties = { contentType: "text/plain", messageExpiryInterval: 60, userProperty: [["k", "1"], ["k", "2"]] };
  await client.publish("a", "x", { properties });
  const [message] = await take(subscription, 1);
  assert.deepEqual(message.properties, { ...properties, subscriptionIdentifier: [7] });
});

test("wildcards with names are captured, for each handler its own", async () => {
  const { join } = setUp();
  const client = await join();
  const seen = [];
  await client.on("cmd/+id/#rest", (message, captures) => seen.push([message.text(), captures]));
  await client.on("cmd/+", (_, captures) => seen.push(["plain", captures]));
  await client.publish("cmd/7", "x", { qos: 1 });
  await client.publish("cmd/8/a/b", "y", { qos: 1 });
  await settled();
  assert.deepEqual(seen, [["x", { id: "7", rest: "" }], ["plain", {}], ["y", { id: "8", rest: "a/b" }]]);
});

test("a handler may publish, and one that fails disturbs nobody", async () => {
  const { join } = setUp();
  const client = await join();
  const faults = [];
  client.addEventListener("error", ({ error }) => faults.push(error.message));
  await client.on("ask", (message) => client.publish("answer", message.payload));
  await client.on("ask", () => {
    throw new Error("broken handler");
  });
  const answers = await client.subscribe("answer");
  await client.publish("ask", "hello");
  assert.equal((await take(answers, 1))[0].text(), "hello");
  assert.deepEqual(faults, ["broken handler"]);
});

test("leaving the loop ends the subscription", async () => {
  const { join, broker } = setUp();
  const client = await join();
  const subscription = await client.subscribe(["a", "b"]);
  await client.publish("a", "1");
  for await (const message of subscription) {
    assert.equal(message.text(), "1");
    break;
  }
  await settled();
  assert.equal(broker.statistics.subscriptions, 0);
  assert.equal((await subscription.next()).done, true);
});

test("the server is told only when the last one leaves", async () => {
  const { join, broker } = setUp();
  const client = await join();
  const [first, second] = [await client.subscribe("a"), await client.subscribe("a")];
  await first.unsubscribe();
  assert.equal(broker.statistics.subscriptions, 1);
  await second.unsubscribe();
  assert.equal(broker.statistics.subscriptions, 0);
});

test("a reader who does not read loses the oldest messages, and can see it", async () => {
  const { join } = setUp();
  const client = await join();
  const subscription = await client.subscribe("a", { queueMax: 2 });
  for (const text of ["1", "2", "3"]) await client.publish("a", text, { qos: 1 });
  assert.equal(subscription.dropped, 1);
  assert.deepEqual((await take(subscription, 2)).map((message) => message.text()), ["2", "3"]);
});

test("a request gets its response, hears that nobody is there, or gives up in time", async () => {
  const { clock, join } = setUp();
  const client = await join();
  await client.on("time/now", (message) => client.respond(message, "late"));
  assert.equal((await client.request("time/now", "?")).text(), "late");
  await assert.rejects(client.request("nobody", "?"), { kind: "refused", reasonName: "No matching subscribers" });
  const unanswered = assert.rejects(client.request("nobody", "?", { qos: 0, timeoutMs: 500 }), { kind: "expired" });
  await clock.advance(500);
  await unanswered;
});

test("a signal gives up waiting", async () => {
  const { clock, network } = setUp();
  network.reachable = false;
  const client = new Client(network.open, { clock });
  const controller = new AbortController();
  const waiting = client.publish("a", "x", { qos: 1, signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(client.subscribe("a", { signal: AbortSignal.abort() }), { name: "AbortError" });
  await client.end();
});

test("what is published while there is no connection arrives after it", async () => {
  const { clock, network, join, broker } = setUp();
  const receiver = await broker.connect(); // on another network
  const subscription = await receiver.subscribe("a", { qos: 1 });
  const sender = await join({ clientIdentifier: "sender", sessionExpiryIntervalS: 60 });
  const causes = [];
  sender.addEventListener("disconnect", ({ cause, reconnectAt }) => causes.push([cause, reconnectAt !== undefined]));
  network.reachable = false;
  network.cut();
  await settled();
  const publications = ["1", "2"].map((text) => sender.publish("a", text, { qos: 1 }));
  await clock.advance(5000);
  network.reachable = true;
  await clock.advance(60_000);
  await Promise.all(publications);
  assert.deepEqual((await take(subscription, 2)).map((message) => message.text()), ["1", "2"]);
  assert.deepEqual(causes[0], ["transportClosed", true]);
  assert.ok(sender.connected && receiver.connected);
});

test("a will is published when the connection breaks, and not when it ends in good order", async () => {
  const { network, join, broker } = setUp();
  const watcher = await broker.connect();
  const subscription = await watcher.subscribe("gone/+");
  const will = (name) => ({ topic: `gone/${name}`, payload: name });
  const polite = await join({ will: will("polite") });
  await join({ will: will("broken"), reconnect: false });
  await polite.end();
  network.cut();
  assert.deepEqual((await take(subscription, 1)).map((message) => message.text()), ["broken"]);
  assert.equal(subscription.size, 0);
});

test("with manual acknowledgement the server waits for it", async () => {
  const { join, broker } = setUp();
  const client = await join({ acknowledgement: "manual", receiveMaximum: 1 });
  const subscription = await client.subscribe("a", { qos: 1 });
  broker.publish("a", "1", { qos: 1 });
  broker.publish("a", "2", { qos: 1 });
  const [first] = await take(subscription, 1);
  await settled();
  assert.equal(subscription.size, 0);
  first.acknowledge();
  assert.equal((await take(subscription, 1))[0].text(), "2");
});

test("connect rejects when the server refuses or is not there", async () => {
  const { clock, network, join } = setUp({ authenticate: ({ userName }) => userName === "me" || 0x86 });
  await assert.rejects(join({ userName: "you" }), (error) => {
    assert.ok(error instanceof MqttError);
    assert.deepEqual([error.kind, error.reasonCode, error.reasonName], ["refused", 0x86, "Bad User Name or Password"]);
    return true;
  });
  assert.ok((await join({ userName: "me" })).connected);
  network.reachable = false;
  await assert.rejects(connect(network.open, { clock }), /not reachable/);
});

test("credentials are asked for before each attempt", async () => {
  const { clock, network, join } = setUp({ authenticate: ({ password }) => new TextDecoder().decode(password) === "2" });
  let attempt = 1;
  const client = new Client(network.open, { clock, credentials: async () => ({ userName: "me", password: `${attempt++}` }) });
  await clock.advance(0);
  assert.equal(client.connected, false);
  await client.end();
  assert.ok((await join({ credentials: () => ({ userName: "me", password: "2" }) })).connected);
});

test("what cannot be is said at once", async () => {
  const { join } = setUp();
  const client = await join();
  await assert.rejects(client.subscribe("device/#/error"), {
    name: "MqttError",
    message: "topic filter \"device/#/error\": '#' must be the last level (MQTT 5.0, 4.7.1.2)",
    statement: "MQTT-4.7.1-1",
  });
  await assert.rejects(client.publish("a/+", "x"), { name: "MqttError", kind: "malformed" });
  await assert.rejects(client.publish("a", "x", { qos: 3 }), /qos must be 0, 1 or 2/);
  await assert.rejects(client.publish("a", "x", { quality: 1 }), /no option called quality/);
  assert.throws(() => new Client("ws://x", { keepAlive: 3 }), /no option called keepAlive/);
  assert.throws(() => new Client("gopher://x"), /no way to open gopher/);
  assert.throws(() => new Client("not a url"), /is not a URL/);
});

test("a refused subscription rejects and leaves nothing behind", async () => {
  const { join, broker } = setUp({ authorize: ({ action, topicFilter }) => action !== "subscribe" || topicFilter !== "b" });
  const client = await join();
  await assert.rejects(client.subscribe(["a", "b"]), { kind: "refused", reasonCode: 0x87, reasonName: "Not authorized" });
  await settled();
  assert.equal(broker.statistics.subscriptions, 0);
});

test("the end settles everything", async () => {
  const { clock, network } = setUp();
  network.reachable = false;
  const client = new Client(network.open, { clock });
  const waiting = [client.publish("a", "x", { qos: 1 }), client.subscribe("a")];
  await client.end();
  for (const each of waiting) await assert.rejects(each, { name: "MqttError", kind: "disconnected" });
});

test("a signal ends the client, also one that was given before", async () => {
  const { clock, network } = setUp();
  const controller = new AbortController();
  const client = await connect(network.open, { clock, signal: controller.signal });
  const closed = new Promise((resolve) => client.addEventListener("close", resolve));
  controller.abort();
  await closed;
  const late = new Client(network.open, { clock, signal: controller.signal });
  await assert.rejects(late.subscribe("a"), { kind: "disconnected" });
  await assert.rejects(connect(network.open, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("the end of the client ends its loops", async () => {
  const { join } = setUp();
  const client = await join();
  const subscription = await client.subscribe("a");
  const loop = (async () => {
    for await (const _ of subscription);
    return "over";
  })();
  await client.end();
  assert.equal(await loop, "over");
});

test("the end of the client is the end of a subscription that was just left", async () => {
  const { join } = setUp();
  const client = await join();
  const subscription = await client.subscribe("a");
  const left = subscription.unsubscribe();
  await client.end();
  await left;
});

test("a session that is resumed brings what came meanwhile", async () => {
  const { join, broker } = setUp();
  const options = { clientIdentifier: "phone", sessionExpiryIntervalS: 3600 };
  const before = await join(options);
  await before.subscribe("news", { qos: 1 });
  await before.end();
  broker.publish("news", "1", { qos: 1 });
  broker.publish("news", "2", { qos: 1 });
  const after = await join({ ...options, cleanStart: false });
  await settled();
  const messages = [];
  await after.on("news", (message) => messages.push(message.text()), { subscribe: false });
  broker.publish("news", "3", { qos: 1 });
  await settled();
  assert.deepEqual(messages, ["1", "2", "3"]);
  await after.end();
});

test("messages that nobody subscribed to go to the listener", async () => {
  const { join, broker } = setUp();
  const options = { clientIdentifier: "phone", sessionExpiryIntervalS: 3600 };
  const before = await join(options);
  await before.subscribe("news", { qos: 1 });
  await before.end();
  broker.publish("news", "1", { qos: 1 });
  const after = await join({ ...options, cleanStart: false });
  await settled();
  const messages = [];
  after.addEventListener("message", ({ message }) => messages.push(message.text()));
  assert.deepEqual(messages, ["1"]);
});
