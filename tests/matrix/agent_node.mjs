// The agent in Node.
import { createInterface } from "node:readline";
import { Broker, connect } from "polymqtt";
import { createAgent } from "./agent.mjs";

const say = (line) => process.stdout.write(`${line}\n`);

async function startBroker() {
  const broker = new Broker();
  const tcp = await broker.listen(0);
  const ws = await broker.listen({ websocket: true });
  return { urls: [`tcp://127.0.0.1:${tcp.port}`, ws.url], close: () => broker.close() };
}

const handle = createAgent({ connect, say, startBroker });
say("ready node tcp ws");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "quit") break;
  await handle(line);
}
process.exit(0);
