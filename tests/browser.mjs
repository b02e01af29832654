// A real Chromium, and a web server on loopback for the pages that it opens.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

// It keeps to itself: no sandbox where root may not have one, and no calls home.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** Starts a browser with a profile of its own and opens an empty page; `browser.close()` ends both. */
export async function openPage({ headless = true, viewport = { width: 1280, height: 800 } } = {}) {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  if (!executablePath) throw new Error("no Chromium on this machine: cargo xtask setup chromium");
  const browser = await chromium.launch({ executablePath, headless, args: FLAGS });
  return { browser, page: await browser.newPage({ viewport }) };
}

/** Serves the files of a folder on a free port of loopback. */
export function serveFolder(folder, port = 0) {
  const root = normalize(fileURLToPath(folder));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = normalize(join(root, decodeURIComponent(pathname)));
    const path = existsSync(file) && statSync(file).isDirectory() ? join(file, "index.html") : file;
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    if (!path.startsWith(root) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const close = () => (server.closeAllConnections(), server.close());
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close });
    });
  });
}
