// Never runs: `tsc` checks that the declarations fit what the README shows.
import { Broker, Client, connect, matches, MqttError, TopicPattern, type Message } from "polymqtt";
import { Decoder, decode, encode, format, parse } from "polymqtt/codec";
import { Broker as BrokerMachine, Client as ClientMachine } from "polymqtt/sans-io";
import { link, Network, settled, VirtualClock } from "polymqtt/testing";

export async function page(): Promise<void> {
  await using client = await connect("ws://localhost:8083/mqtt", { clientIdentifier: "page", keepAliveS: 30 });
  await using subscription = await client.subscribe("home/#", { qos: 1, signal: AbortSignal.timeout(1000) });
  const { reasonCode } = await client.publish("home/lamp", "on", { retain: true, properties: { userProperty: { a: "b" } } });
  for await (const message of subscription) {
    const payload: Uint8Array = message.payload;
    const text: string = message.text();
    console.log(message.topic, payload.length, text, message.json(), reasonCode);
  }
  await client.on("cmd/+id", (message: Message, { id }) => console.log(id, message.qos));
  client.addEventListener("disconnect", ({ cause, reconnectAt }) => console.log(cause, reconnectAt));
  client.addEventListener("message", ({ message }) => console.log(message.topic));
  const answer: Message = await client.request("time/now", undefined, { timeoutMs: 500 });
  console.log(answer.text(), matches("a/+", "a/b"), new TopicPattern("a/+b").captures("a/1")?.["b"]);
  // @ts-expect-error There is no QoS 3.
  await client.publish("a", "b", { qos: 3 });
  // @ts-expect-error Objects are not payloads.
  await client.publish("a", { b: 1 });
}

export async function broker(port: MessagePort): Promise<void> {
  const broker = new Broker({
    sysIntervalS: 0,
    authenticate: async ({ userName }) => userName === "me" || 0x86,
    authorize: ({ action, topic }) => action !== "publish" || topic !== "secret",
  });
  broker.accept(port);
  broker.addEventListener("connected", ({ clientIdentifier }) => console.log(clientIdentifier));
  const { url } = await broker.listen({ port: 0, websocket: true });
  const client = new Client(url, { will: { topic: "gone", payload: "x" }, reconnect: { delayMaxMs: 5000 } });
  await client.end({ withWill: true });
  await broker.close();
}

export function machines(): void {
  const packet = decode(encode({ type: "publish", topic: "a" }))?.packet;
  if (packet?.type === "publish") console.log(packet.topic, format(packet), parse("PINGREQ"));
  new Decoder({ sender: "client" }).write(new Uint8Array(1));
  const machine = new ClientMachine({});
  machine.connect(0);
  for (let output; (output = machine.pollOutput()); ) if (output.type === "event") console.log(output.event.type);
  console.log(new BrokerMachine().accept({}, 0), link(), new Network(new Broker()), settled(), new VirtualClock().now());
  console.log(new MqttError("no", "usage").kind);
}
