// Push notifications: what is sent while a phone is off arrives when it is back, and counts as delivered when it was shown.
//
//   node push.mjs device USER DEVICE [URL]        a phone: shows what is pushed to USER
//   node push.mjs send USER TEXT [URL]            a server: pushes TEXT to all devices of USER
//   node push.mjs --demo                          both, and a broker, in one program that ends by itself
import { connect } from "polymqtt";
import { demo, say, waitFor } from "./demo.mjs";

const DAY_S = 24 * 60 * 60;

/** A device of a user. `show` gets each notification; it is acknowledged when `show` is done. */
export async function startDevice(url, user, device, show) {
  const client = await connect(url, {
    clientIdentifier: `push-${user}-${device}`,
    // The broker keeps the session while the phone is off or without a network: up to a week.
    cleanStart: false,
    sessionExpiryIntervalS: 7 * DAY_S,
    keepAliveS: 300,
    acknowledgement: "manual",
  });
  await client.on(`push/${user}/+kind`, async (message, { kind }) => {
    await show({ kind, ...message.json() });
    message.acknowledge();
  }, { qos: 1 });
  return client;
}

/** Pushes a notification to all devices of a user. What nobody has seen after a day is of no interest any more. */
export function push(server, user, kind, notification) {
  return server.publish(`push/${user}/${kind}`, JSON.stringify(notification), {
    qos: 1,
    properties: { contentType: "application/json", messageExpiryInterval: DAY_S },
  });
}

const [command, ...words] = process.argv.slice(2);
if (command === "device") {
  const [user, device, url = "mqtt://localhost:1883"] = words;
  await startDevice(url, user, device, ({ kind, title }) => say(`[${kind}] ${title}`));
} else if (command === "send") {
  const [user, title, url = "mqtt://localhost:1883"] = words;
  const server = await connect(url);
  await push(server, user, "message", { title });
  await server.end();
} else if (command === "--demo") {
  await demo(async (url) => {
    const shown = [];
    const show = (notification) => {
      say(`the phone shows: ${notification.title}`);
      shown.push(notification.title);
    };
    const server = await connect(url, { clientIdentifier: "server" });
    let phone = await startDevice(url, "ann", "phone", show);
    await push(server, "ann", "message", { title: "Bob: are you there?" });
    await waitFor(() => shown.length === 1);

    say("the phone is switched off");
    await phone.end();
    await push(server, "ann", "message", { title: "Bob: hello?" });
    await push(server, "ann", "call", { title: "Missed call from Bob" });
    say("the phone is switched on again");
    phone = await startDevice(url, "ann", "phone", show);
    await waitFor(() => shown.length === 3);
    await phone.end();
    await server.end();
  });
} else {
  console.error("push.mjs device USER DEVICE [URL] | send USER TEXT [URL] | --demo");
  process.exitCode = 2;
}
