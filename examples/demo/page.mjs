// Opens two pages in a browser for the demonstration: the kitchen's own, where it turns the target up once like a person
// would, and examples/browser, which shows everything that the broker carries. Takes a picture of both.
//
//   node page.mjs WEBSOCKET-URL FOLDER-FOR-PICTURES [--keep]
import { join } from "node:path";
import { openPage, serveFolder } from "../../tests/browser.mjs";

const [url, pictures, keep] = process.argv.slice(2);
const server = await serveFolder(new URL("../../", import.meta.url));
const address = `${server.url}examples/demo/page.html?broker=${encodeURIComponent(url)}`;
const explorerAddress = `${server.url}examples/browser/?url=${encodeURIComponent(url)}&filter=home/%23&connect`;
const { browser, page } = await openPage();
const explorer = await browser.newPage({ viewport: { width: 1280, height: 800 } });
for (const each of [page, explorer]) {
  each.on("pageerror", (error) => {
    console.error(error);
    process.exit(1);
  });
}
await explorer.goto(explorerAddress);
await page.goto(address);
const until = (script) => page.waitForFunction(script, undefined, { timeout: keep ? 0 : 60_000 });
await until(`document.getElementById("status").textContent === "online"`);
console.log("the sensor is online");
await until(`document.getElementById("temperature").textContent >= "19.5"`);
await page.click("#warmer");
console.log("somebody wants it warmer: 21 degrees");
if (keep) console.log(`open ${address} and ${explorerAddress} in a browser of yours`);
await until(`document.getElementById("status").textContent === "offline"`);
await page.screenshot({ path: join(pictures, "kitchen.png") });
await explorer.getByText("temperature", { exact: true }).first().click();
await explorer.screenshot({ path: join(pictures, "explorer.png") });
console.log(`the sensor is offline; the last temperature was ${await page.textContent("#temperature")}`);
await browser.close();
server.close();
