// What an agent does, in JavaScript: the same in Node and in a page. See agents.py for the lines it understands.

/** Makes the function that handles one line; `say` prints a line. `startBroker` says how a broker starts here. */
export function createAgent({ connect, say, startBroker }) {
  const clients = new Map();
  let broker;

  const commands = {
    async connect(name, url, version, clientIdentifier) {
      const protocolVersion = version === "4" ? "3.1.1" : "5.0";
      const target = broker?.targets?.(url) ?? url;
      clients.set(name, await connect(target, { protocolVersion, clientIdentifier }));
      return `connected ${name}`;
    },

    async subscribe(name, filter, qos) {
      const subscription = await clients.get(name).subscribe(filter, { qos: Number(qos) });
      void print(name, subscription);
      return `subscribed ${name} ${subscription.reasonCodes[0]}`;
    },

    async publish(name, topic, qos, retain, payload) {
      await clients.get(name).publish(topic, bytes(payload), { qos: Number(qos), retain: retain === "1" });
      return `published ${name}`;
    },

    async disconnect(name) {
      await clients.get(name).end();
      clients.delete(name);
      return `disconnected ${name}`;
    },

    async broker(what) {
      if (what === "start") {
        broker = await startBroker();
        return `broker ${broker.urls.join(" ")}`;
      }
      await broker.close();
      broker = undefined;
      return "broker stopped";
    },
  };

  async function print(name, subscription) {
    for await (const { topic, qos, retain, payload } of subscription) {
      say(`message ${name} ${topic} ${qos} ${Number(retain)} ${hex(payload)}`);
    }
  }

  return async function handle(line) {
    const [command, ...words] = line.trim().split(" ");
    try {
      say(await commands[command](...words));
    } catch (error) {
      say(`error ${error?.stack ?? error}`.replaceAll("\n", " | "));
    }
  };
}

// Plain loops: Node 20 crashes (V8, "unreachable code" in its deoptimizer) on Array.from with a callback and 90,000 elements.

function bytes(text) {
  if (text === "-") return new Uint8Array();
  const payload = new Uint8Array(text.length / 2);
  for (let i = 0; i < payload.length; i++) payload[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return payload;
}

const DIGITS = "0123456789abcdef";

function hex(payload) {
  let text = "";
  for (const byte of payload) text += DIGITS[byte >> 4] + DIGITS[byte & 15];
  return text || "-";
}
