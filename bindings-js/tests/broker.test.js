// The broker in Node: on ports, with clients of our own and one that no one here wrote.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { test } from "node:test";
import mqtt from "mqtt";
import { Broker, Client, connect } from "polymqtt";
import { Frames } from "../js/node/frames.js";

const certificate = async () => ({
  key: await readFile(new URL("certificate/key.pem", import.meta.url)),
  cert: await readFile(new URL("certificate/cert.pem", import.meta.url)),
});

function startBroker(t, options) {
  const broker = new Broker(options);
  t.after(() => broker.close());
  return broker;
}

function event(target, name) {
  return new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
}

async function exchange(url, options) {
  const client = await connect(url, options);
  const subscription = await client.subscribe("a/+level", { qos: 2 });
  for (const qos of [0, 1, 2]) await client.publish("a/b", "x".repeat(10 ** (2 * qos + 1)), { qos });
  const sizes = [];
  for await (const message of subscription) {
    sizes.push([message.qos, message.payload.length, message.captures.level]);
    if (sizes.length === 3) break;
  }
  assert.deepEqual(sizes, [[0, 10, "b"], [1, 1000, "b"], [2, 100_000, "b"]]);
  await client.end();
}

for (const [name, where] of [["TCP", {}], ["WebSocket", { websocket: true }], ["WebSocket on a path", { websocket: "/x" }]]) {
  test(`it listens for ${name}`, async (t) => {
    const broker = startBroker(t);
    const { url, port } = await broker.listen(where);
    assert.ok(port > 0);
    for (const protocolVersion of ["5.0", "3.1.1", "3.1"]) await exchange(url, { protocolVersion, clientIdentifier: "c" });
  });

  test(`it listens for ${name} with TLS`, async (t) => {
    const broker = startBroker(t);
    const { url } = await broker.listen({ ...where, tls: await certificate(), host: "127.0.0.1" });
    const { cert: ca } = await certificate();
    await exchange(url, { tls: { ca, servername: "localhost" } });
    await assert.rejects(connect(url), { name: "MqttError", kind: "transport" });
  });
}

for (const protocolVersion of [5, 4, 3]) {
  for (const where of [{}, { websocket: true }]) {
    test(`MQTT.js talks to it, version ${protocolVersion}, ${where.websocket ? "WebSocket" : "TCP"}`, async (t) => {
      const broker = startBroker(t);
      const { url } = await broker.listen(where);
      const options = { protocolVersion, clientId: "foreign", ...(protocolVersion === 3 && { protocolId: "MQIsdp" }) };
      const foreign = await mqtt.connectAsync(url, options);
      const ours = await connect(url);
      const subscription = await ours.subscribe("to/ours", { qos: 2 });
      await foreign.subscribeAsync("to/foreign", { qos: 2 });
      for (const qos of [0, 1, 2]) {
        const arrived = once(foreign, "message");
        await ours.publish("to/foreign", `number ${qos}`, { qos });
        const [topic, payload] = await arrived;
        assert.deepEqual([topic, payload.toString()], ["to/foreign", `number ${qos}`]);
        await foreign.publishAsync("to/ours", `number ${qos}`, { qos });
        assert.equal((await subscription.next()).value.text(), `number ${qos}`);
      }
      await foreign.endAsync();
      await ours.end();
    });
  }
}

test("it decides who may connect, publish and subscribe", async (t) => {
  const questions = [];
  const broker = startBroker(t, {
    authenticate: async ({ userName, password }) => (userName === "me" ? new TextDecoder().decode(password) === "secret" : 0x8a),
    authorize: ({ action, clientIdentifier, userName, topic }) => {
      questions.push([action, clientIdentifier, userName]);
      return action === "publish" && topic === "forbidden" ? 0x87 : true;
    },
  });
  const { url } = await broker.listen();
  await assert.rejects(connect(url), { reasonName: "Banned" });
  await assert.rejects(connect(url, { userName: "me", password: "?" }), { reasonName: "Bad User Name or Password" });
  const client = await connect(url, { userName: "me", password: "secret", clientIdentifier: "c" });
  await client.subscribe("allowed");
  await client.publish("allowed", "x", { qos: 1 });
  await assert.rejects(client.publish("forbidden", "x", { qos: 1 }), { kind: "refused", reasonCode: 0x87 });
  const actions = ["subscribe", "publish", "deliver", "publish"];
  assert.deepEqual(questions, actions.map((action) => [action, "c", "me"]));
  await client.end();
});

test("who sends nonsense is told why, and nobody else is disturbed", async (t) => {
  const broker = startBroker(t);
  const { port, url } = await broker.listen();
  const client = await connect(url);
  const refused = event(broker, "refused");
  const socket = net.connect(port, "127.0.0.1");
  socket.write(Buffer.from("100d00044d5154540502003c00000a", "hex"));
  socket.write(Buffer.from("f00000000000", "hex"));
  await once(socket.resume(), "close");
  assert.equal((await refused).cause, "broker");
  assert.ok((await refused).statement);
  await client.publish("a", "x", { qos: 2 });
  await client.end();
});

test("above its limit a connection is closed, and the others go on", async (t) => {
  const broker = startBroker(t, { connectionsMax: 1 });
  const faults = [];
  broker.addEventListener("error", ({ error }) => faults.push(error.message));
  const { url } = await broker.listen();
  const client = await connect(url);
  await assert.rejects(connect(url), { name: "MqttError", kind: "transport" });
  await client.publish("a", "x", { qos: 1 });
  await client.end();
  assert.deepEqual(faults, ["the limit connections_max is reached"]);
});

test("WebSocket frames may be cut and mixed in any way", () => {
  const [sent, received] = [[], []];
  const socket = { write: (bytes) => sent.push(...bytes), end() {}, destroySoon() {}, cork() {}, uncork() {} };
  const frames = new Frames(socket, { data: (bytes) => received.push(...bytes) }, { client: false });
  const frame = (opcode, body) => {
    const key = [1, 2, 3, 4];
    const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 255];
    length[0] |= 0x80;
    return [opcode, ...length, ...key, ...body.map((byte, index) => byte ^ key[index % 4])];
  };
  const numbers = Array.from({ length: 300 }, (_, index) => index & 255);
  const stream = [...frame(0x02, numbers), ...frame(0x89, [7, 8]), ...frame(0x80, []), ...frame(0x80, numbers.slice(0, 5))];
  for (let at = 0, size = 1; at < stream.length; at += size, size = (size % 7) + 1) {
    frames.receive(Buffer.from(stream.slice(at, at + size)));
  }
  assert.deepEqual(received, [...numbers, ...numbers.slice(0, 5)]);
  assert.deepEqual(sent, [0x8a, 2, 7, 8]);
  frames.receive(Buffer.from(frame(0x81, [0x41])));
  assert.deepEqual(sent.slice(4), [0x88, 2, 1003 >> 8, 1003 & 255], "text is refused");
});

test("its end is told to everybody", async () => {
  const broker = new Broker();
  const { url } = await broker.listen();
  const client = await connect(url, { reconnect: false });
  const over = event(client, "disconnect");
  await broker.close();
  const { cause, reasonName } = await over;
  assert.deepEqual([cause, reasonName], ["serverDisconnected", "Server shutting down"]);
});

test("it publishes in its own name and ends connections", async (t) => {
  const broker = startBroker(t);
  const client = await broker.connect({ clientIdentifier: "c", reconnect: false });
  const subscription = await client.subscribe("a");
  broker.publish("a", "x", { properties: { contentType: "text/plain" } });
  assert.equal((await subscription.next()).value.properties.contentType, "text/plain");
  const over = event(client, "disconnect");
  broker.disconnect("c");
  assert.equal((await over).reasonName, "Administrative action");
  assert.throws(() => broker.disconnect("nobody"), { name: "MqttError", kind: "usage" });
});

test("a port that is taken is an error", async (t) => {
  const broker = startBroker(t);
  const { port } = await broker.listen();
  await assert.rejects(broker.listen(port), { code: "EADDRINUSE" });
});

test("a client proves who it is, step by step, and again", async (t) => {
  const text = (bytes) => new TextDecoder().decode(bytes);
  const asked = [];
  const broker = startBroker(t, {
    authenticate: async ({ authenticationMethod, authenticationData, reAuthentication }) => {
      asked.push([authenticationMethod, text(authenticationData), reAuthentication ?? false]);
      if (authenticationMethod !== "riddle") return 0x8c;
      if (text(authenticationData) === "hello") return { continue: true, authenticationData: "what is it?" };
      return text(authenticationData) === "a friend" ? { authenticationData: "welcome" } : 0x87;
    },
  });
  const { url } = await broker.listen();
  const client = new Client(url, { authentication: { method: "riddle", data: "hello" }, reconnect: false });
  const steps = [];
  client.addEventListener("authentication", ({ reasonName, properties }) => {
    steps.push([reasonName, text(properties.authenticationData)]);
    if (reasonName === "Continue authentication") client.authenticate("a friend");
  });
  const { properties } = await event(client, "connect");
  assert.equal(text(properties.authenticationData), "welcome");
  const again = event(client, "authentication");
  client.reAuthenticate("hello");
  await again;
  await event(client, "authentication");
  assert.deepEqual(steps.map(([name]) => name), ["Continue authentication", "Continue authentication", "Success"]);
  assert.deepEqual(asked.map(([, said, second]) => [said, second]), [
    ["hello", false],
    ["a friend", false],
    ["hello", true],
    ["a friend", true],
  ]);
  await client.end();
  await assert.rejects(connect(url, { authentication: { method: "guess" } }), { reasonCode: 0x8c });
});
