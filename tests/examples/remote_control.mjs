// Uses examples/iot/remote_control like a person: switches, slides, is refused, and sees what others do.
//
//   node remote_control.mjs PYTHON MQTT-URL WEBSOCKET-URL PICTURE.png
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { connect } from "polymqtt";
import { openPage, serveFolder } from "../browser.mjs";

const [python, url, websocket, picture] = process.argv.slice(2);
const root = new URL("../../", import.meta.url);
const program = fileURLToPath(new URL("examples/iot/remote_control/device.py", root));
const rooms = ["kitchen", "attic"].map((room) => spawn(python, [program, room, url], { stdio: ["ignore", "ignore", "inherit"] }));
process.on("exit", () => rooms.forEach((room) => room.kill()));

const server = await serveFolder(root);
const { browser, page } = await openPage({ viewport: { width: 960, height: 480 } });
page.on("pageerror", (error) => {
  console.error(error);
  process.exit(1);
});
await page.goto(`${server.url}examples/iot/remote_control/?url=${encodeURIComponent(websocket)}`);
const kitchen = page.locator("[data-device=kitchen]");
const control = (name) => kitchen.locator(`[data-control=${name}]`);
for (const room of ["kitchen", "attic"]) await page.locator(`[data-device=${room}][data-status=online]`).waitFor();
assert.equal(await control("heating").locator(".value").textContent(), "19.5 °C");
console.log("ok: both rooms have reported, with their controls");

const client = await connect(url);
const states = await client.subscribe("home/kitchen/state/+", { retainHandling: 2 });
const next = async () => ((message) => [message.topic, message.json()])((await states.next()).value);
await control("lamp").locator("input").click();
assert.deepEqual(await next(), ["home/kitchen/state/lamp", true]);
await control("brightness").locator("input").fill("85");
assert.deepEqual(await next(), ["home/kitchen/state/brightness", 85]);
for (const name of ["lamp", "brightness"]) {
  await control(name).and(page.locator("[data-state=done]")).waitFor();
  assert.match(await control(name).locator(".answer").textContent(), /^done in \d+ ms$/);
}
console.log("ok: switched and slid, and acknowledged");

await control("heating").locator("input").fill("28");
await control("heating").getByText("the heating is limited to 25 °C").waitFor();
assert.equal(await control("heating").locator(".value").textContent(), "19.5 °C");
await page.screenshot({ path: picture });
console.log("ok: refused by the device, and shown as it is");

await client.publish("home/kitchen/set/lamp", "false", { qos: 1 });
await control("lamp").getByText("off", { exact: true }).waitFor();
console.log("ok: somebody else has switched it off");

rooms[0].kill("SIGKILL");
await page.locator("[data-device=kitchen][data-status=offline]").waitFor();
await control("brightness").locator("input").fill("10");
await control("brightness").getByText("the device is not there").waitFor();
assert.equal(await control("brightness").locator(".value").textContent(), "85 %");
console.log("ok: gone, by its will, and told so");
await client.end();
await browser.close();
server.close();
rooms[1].kill();
