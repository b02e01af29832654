// MQTT.js: the client most used in Node and in pages. Prints one line a check and ends with exit code 0 if all held.
import assert from "node:assert/strict";
import mqtt from "mqtt";

const prefix = process.argv[2];
const urls = process.argv.slice(3);

/** Messages as they come in, to be awaited one by one. */
function inbox(client) {
  const waiting = [];
  const arrived = [];
  client.on("message", (topic, payload, packet) => {
    const message = { topic, payload, packet };
    const first = waiting.shift();
    if (first) first(message);
    else arrived.push(message);
  });
  return () => (arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve)));
}

async function carries(url, protocolVersion, qos) {
  const options = { protocolVersion, protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT", reconnectPeriod: 0 };
  const receiver = await mqtt.connectAsync(url, options);
  const sender = await mqtt.connectAsync(url, options);
  const next = inbox(receiver);
  const topic = `${prefix}/${new URL(url).protocol.slice(0, -1)}/${protocolVersion}/${qos}`;
  const [granted] = await receiver.subscribeAsync(`${topic}/#`, { qos });
  assert.equal(granted.qos, qos);
  const payload = Buffer.alloc(100_000, topic);
  await sender.publishAsync(`${topic}/big`, payload, { qos });
  await sender.publishAsync(`${topic}/empty`, "", { qos });
  const [big, empty] = [await next(), await next()];
  assert.equal(big.topic, `${topic}/big`);
  assert.ok(big.payload.equals(payload));
  assert.equal(big.packet.qos, qos);
  assert.equal(empty.payload.length, 0);
  await sender.endAsync();
  await receiver.endAsync();
}

async function properties(url) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0, properties: { topicAliasMaximum: 10 } });
  const next = inbox(client);
  await client.subscribeAsync(`${prefix}/properties`, { qos: 1, properties: { subscriptionIdentifier: 9 } });
  const sent = { contentType: "text/plain", userProperties: { a: ["1", "2"] }, correlationData: Buffer.from([0, 255]) };
  await client.publishAsync(`${prefix}/properties`, "x", { qos: 1, properties: sent });
  const { packet } = await next();
  assert.equal(packet.properties.contentType, "text/plain");
  assert.deepEqual({ ...packet.properties.userProperties }, { a: ["1", "2"] });
  assert.deepEqual([...packet.properties.correlationData], [0, 255]);
  assert.equal(packet.properties.subscriptionIdentifier, 9);
  await client.endAsync();
}

for (const url of urls) {
  for (const version of [3, 4, 5]) {
    for (const qos of [0, 1, 2]) {
      await carries(url, version, qos);
      console.log(`ok: ${new URL(url).protocol} version ${version}, QoS ${qos}`);
    }
  }
  await properties(url);
  console.log(`ok: ${new URL(url).protocol} properties`);
}
