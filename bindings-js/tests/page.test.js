// The package in a real browser: the vectors again, and every way in which a page reaches a broker.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Broker } from "polymqtt";
import { openPage, serveFolder } from "../../tests/browser.mjs";

let server, browser, context, page;
const faults = [];

before(async () => {
  server = await serveFolder(new URL("../../", import.meta.url));
  ({ browser } = await openPage());
  // Tabs of one browser share workers and channels.
  context = await browser.newContext();
  page = await open(await context.newPage());
});

after(async () => {
  await browser.close();
  server.close();
  assert.deepEqual(faults, []);
});

async function open(each, path = "bindings-js/tests/page.html") {
  each.on("pageerror", (error) => faults.push(String(error)));
  await each.goto(server.url + path);
  await each.waitForFunction("globalThis.ready === true");
  return each;
}

for (const [file, module, run, api] of [
  ["topic.txt", "topic.js", "runTopicVectors", "/bindings-js/js/index.js"],
  ["codec.txt", "codec.js", "runCodecVectors", "/bindings-js/js/codec.js"],
  ["malformed.txt", "codec.js", "runMalformedVectors", "/bindings-js/js/codec.js"],
  ["broker.txt", "broker.js", "runBrokerVectors", "/bindings-js/js/sans-io.js"],
  ["client.txt", "client.js", "runClientVectors", "/bindings-js/js/sans-io.js"],
]) {
  test(`every case of ${file} holds in a page`, async () => {
    const result = await page.evaluate(
      async ([file, module, run, api]) => {
        const text = await (await fetch(`/core/vectors/${file}`)).text();
        return (await import(`/bindings-js/tests/vectors/${module}`))[run](text, await import(api));
      },
      [file, module, run, api],
    );
    assert.deepEqual(result.failures, []);
    assert.ok(result.count > 50);
  });
}

for (const protocolVersion of ["5.0", "3.1.1", "3.1"]) {
  test(`a page talks to a broker over WebSocket, version ${protocolVersion}`, async () => {
    const broker = new Broker();
    const { url } = await broker.listen({ websocket: true });
    const texts = await page.evaluate(
      async ([url, protocolVersion]) => {
        const client = await main.connect(url, { protocolVersion, clientIdentifier: "page" });
        const subscription = await client.subscribe("a/#", { qos: 2 });
        for (const qos of [0, 1, 2]) await client.publish("a", `number ${qos}`, { qos });
        const texts = await take(subscription, 3);
        await client.end();
        return texts;
      },
      [url, protocolVersion],
    );
    assert.deepEqual(texts, ["number 0", "number 1", "number 2"]);
    await broker.close();
  });
}

test("a large message goes through, and many small ones", async () => {
  const broker = new Broker();
  const { url } = await broker.listen({ websocket: true });
  const result = await page.evaluate(async (url) => {
    const client = await main.connect(url, { maximumPacketSizeBytes: 8_000_000, queue: { bytesMax: 32_000_000 } });
    const subscription = await client.subscribe("a", { qos: 1, queueMax: 5000 });
    await client.publish("a", new Uint8Array(4_000_000).fill(7), { qos: 1 });
    await Promise.all(Array.from({ length: 3000 }, (_, index) => client.publish("a", String(index), { qos: 1 })));
    const large = (await subscription.next()).value.payload;
    const small = await take(subscription, 3000);
    await client.end();
    return [large.length, large.at(-1), small.every((text, index) => text === String(index))];
  }, url);
  assert.deepEqual(result, [4_000_000, 7, true]);
  await broker.close();
});

test("a page that finds nobody is told so", async () => {
  const broker = new Broker();
  const { url } = await broker.listen({ websocket: true });
  await broker.close();
  const [name, kind] = await page.evaluate((url) => main.connect(url).catch(({ name, kind }) => [name, kind]), url);
  assert.deepEqual([name, kind], ["MqttError", "transport"]);
  const message = await page.evaluate(() => main.connect("mqtt://host").catch((error) => error.message));
  assert.match(message, /a page reaches a broker by WebSocket only/);
});

test("a page is a broker for its frames, over MessagePorts", async () => {
  const texts = await page.evaluate(async () => {
    const broker = new main.Broker();
    const clients = [];
    for (const name of ["one", "two"]) {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.src = "/bindings-js/tests/page.html";
      await new Promise((resolve) => frame.addEventListener("load", resolve));
      while (!frame.contentWindow.ready) await new Promise((resolve) => setTimeout(resolve, 5));
      const { port1, port2 } = new MessageChannel();
      broker.accept(port1);
      // The code of the frame runs there; only the port comes from here.
      clients.push(await frame.contentWindow.main.connect(port2, { clientIdentifier: name }));
    }
    const subscription = await clients[0].subscribe("a", { qos: 2 });
    for (const qos of [0, 1, 2]) await clients[1].publish("a", `number ${qos}`, { qos });
    const texts = await take(subscription, 3);
    await clients[1].end();
    await broker.close();
    return texts;
  });
  assert.deepEqual(texts, ["number 0", "number 1", "number 2"]);
});

test("a Worker is a broker for its page", async () => {
  const [identifier, texts] = await page.evaluate(async () => {
    const worker = new Worker("/bindings-js/tests/worker.js", { type: "module" });
    const client = await main.connect(worker);
    const subscription = await client.subscribe("a", { qos: 2 });
    await client.publish("a", "x", { qos: 2 });
    const texts = await take(subscription, 1);
    const { clientIdentifier } = client.server;
    await client.end();
    worker.terminate();
    return [clientIdentifier, texts];
  });
  assert.match(identifier, /^worker-/);
  assert.deepEqual(texts, ["x"]);
});

test("a SharedWorker is a broker for all tabs", async () => {
  const other = await open(await context.newPage());
  const join = () => {
    globalThis.shared = new SharedWorker("/bindings-js/tests/worker.js", { type: "module" });
    return main.connect(shared).then((client) => void (globalThis.client = client));
  };
  await page.evaluate(join);
  await other.evaluate(join);
  await page.evaluate(async () => void (globalThis.subscription = await client.subscribe("a", { qos: 1 })));
  await other.evaluate(() => client.publish("a", "from the other tab", { qos: 1 }));
  assert.deepEqual(await page.evaluate(() => take(subscription, 1)), ["from the other tab"]);
  for (const each of [page, other]) await each.evaluate(() => client.end());
  await other.close();
});

test("a tab is a broker for the others, over a BroadcastChannel", async () => {
  const other = await open(await context.newPage());
  await page.evaluate(() => {
    globalThis.broker = new main.Broker();
    broker.accept(new BroadcastChannel("mqtt"));
  });
  const texts = await other.evaluate(async () => {
    const [one, two] = [await main.connect(new BroadcastChannel("mqtt")), await main.connect(new BroadcastChannel("mqtt"))];
    const subscription = await one.subscribe("a", { qos: 2 });
    for (const qos of [0, 1, 2]) await two.publish("a", `number ${qos}`, { qos });
    const texts = await take(subscription, 3);
    await one.end();
    await two.end();
    return texts;
  });
  assert.deepEqual(texts, ["number 0", "number 1", "number 2"]);
  assert.equal(await page.evaluate(() => broker.statistics.connections), 0);
  await page.evaluate(() => broker.close());
  await other.close();
});

test("one file is enough: the package without a build step", async () => {
  const text = await page.evaluate(async () => {
    const { Broker } = await import("/bindings-js/dist/polymqtt.min.js");
    const client = await new Broker().connect();
    const subscription = await client.subscribe("a");
    await client.publish("a", "x");
    return (await subscription.next()).value.text();
  });
  assert.equal(text, "x");
});

test("the example page shows what happens", async () => {
  const example = await context.newPage();
  example.on("pageerror", (error) => faults.push(String(error)));
  await example.goto(`${server.url}examples/browser/index.html?demo`);
  await example.click('.row:has-text("power")');
  await example.waitForSelector("#chart-box:not([hidden])");
  await example.fill("#publish [name=topic]", "hello/world");
  await example.fill("#publish [name=payload]", "42");
  await example.click("#publish button");
  await example.waitForSelector('.row:has-text("world")');
  assert.match(await example.textContent("#published"), /hello\/world: Success/);
  assert.match(await example.textContent("#status"), /connected to the broker in this page/);
  assert.ok((await example.locator(".entry").count()) > 5);
  await example.close();
});
