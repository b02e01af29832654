// Uses examples/browser like a person: looks at what arrives, picks a topic, publishes by the form, tries the demo inside it.
//
//   node explorer.mjs WEBSOCKET-URL PICTURE.png
import assert from "node:assert/strict";
import { connect } from "polymqtt";
import { openPage, serveFolder } from "../browser.mjs";

const [url, picture] = process.argv.slice(2);
const server = await serveFolder(new URL("../../", import.meta.url));
const { browser, page } = await openPage();
page.on("pageerror", (error) => {
  console.error(error);
  process.exit(1);
});
const client = await connect(url);
const answers = await client.subscribe("house/#", { qos: 1 });

await page.goto(`${server.url}examples/browser/?url=${encodeURIComponent(url)}&filter=room/%23&connect`);
await page.locator("#status[data-state=online]").waitFor();
await page.locator("#subscriptions").getByText("room/#").waitFor();
console.log("ok: connected and subscribed from the address");

for (const value of [20, 21, 22.5]) await client.publish("room/kitchen/temperature", String(value), { qos: 1 });
await page.locator("#tree").getByText("temperature", { exact: true }).click();
await page.locator("#topic-name").getByText("room/kitchen/temperature").waitFor();
await page.locator("#value").getByText("22.5").waitFor();
assert.ok(await page.locator("#chart").isVisible());
console.log("ok: the tree, the value and the chart");

await page.fill("#publish [name=topic]", "house/door");
await page.fill("#publish [name=payload]", "open");
await page.click("#publish button.primary");
const { value: message } = await answers.next();
assert.deepEqual([message.topic, message.text(), message.qos], ["house/door", "open", 1]);
console.log("ok: published by the form");
await page.screenshot({ path: picture });

await page.goto(`${server.url}examples/browser/?demo`);
await page.locator("#status[data-state=online]").waitFor();
await page.locator("#tree [role=treeitem]").nth(3).waitFor();
console.log("ok: the broker inside the page");
await client.end();
await browser.close();
server.close();
