// The agent in a page of a real Chromium: this program opens the page and carries lines between it and the driver.
import { createInterface } from "node:readline";
import { openPage, serveFolder } from "../browser.mjs";

const server = await serveFolder(new URL("../../", import.meta.url));
const { browser, page } = await openPage();
const say = (line) => process.stdout.write(`${line}\n`);
page.on("pageerror", (error) => say(`error in the page: ${error}`));
page.on("console", (message) => process.stderr.write(`page: ${message.text()}\n`));
await page.exposeFunction("say", say);
await page.goto(`${server.url}tests/matrix/agent.html`);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "quit") break;
  await page.evaluate((text) => globalThis.handle(text), line);
}
await browser.close();
server.close();
// Standard input is still open and would keep the program alive.
process.exit(0);
