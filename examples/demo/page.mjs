// Opens the page in a browser for the demonstration, turns the target up once like a person would, and takes a picture.
//
//   node page.mjs WEBSOCKET-URL PICTURE.png [--keep]
import { openPage, serveFolder } from "../../tests/browser.mjs";

const [url, picture, keep] = process.argv.slice(2);
const server = await serveFolder(new URL("../../", import.meta.url));
const address = `${server.url}examples/demo/page.html?broker=${encodeURIComponent(url)}`;
const { browser, page } = await openPage();
page.on("pageerror", (error) => {
  console.error(error);
  process.exit(1);
});
await page.goto(address);
const until = (script) => page.waitForFunction(script, undefined, { timeout: keep ? 0 : 60_000 });
await until(`document.getElementById("status").textContent === "online"`);
console.log("the sensor is online");
await until(`document.getElementById("temperature").textContent >= "19.5"`);
await page.click("#warmer");
console.log("somebody wants it warmer: 21 degrees");
if (keep) console.log(`open ${address} in a browser of yours`);
await until(`document.getElementById("status").textContent === "offline"`);
await page.screenshot({ path: picture });
console.log(`temperature ${await page.textContent("#temperature")}; picture: ${picture}`);
await browser.close();
server.close();
