// A broker inside this page, with a small house that publishes to it: to look around without installing anything.

import { Broker } from "polymqtt";

/** Starts the broker and the house; the result is what `connect` takes, and a way to end it. */
export async function startDemo() {
  const broker = new Broker();
  const house = await broker.connect({ clientIdentifier: "house" });
  const say = (topic, value, options) => {
    const payload = typeof value === "object" ? JSON.stringify(value) : String(value);
    void house.publish(`home/${topic}`, payload, options);
  };
  const kept = { qos: 1, retain: true };

  say("info", { name: "Demo house", rooms: Object.keys(rooms), since: new Date().toISOString() }, kept);
  for (const room of Object.keys(rooms)) say(`${room}/light`, "off", kept);
  await house.on("home/+room/light/set", (message, { room }) => {
    if (room in rooms) say(`${room}/light`, message.text() === "on" ? "on" : "off", kept);
  });

  let tick = 0;
  const timers = [
    setInterval(() => {
      tick += 1;
      for (const [room, { base, phase }] of Object.entries(rooms)) {
        const temperature = base + 1.6 * Math.sin(tick / 23 + phase) + 0.25 * Math.random();
        say(`${room}/temperature`, temperature.toFixed(2));
      }
      const watts = 380 + 260 * (Math.sin(tick / 9) > 0.6) + 60 * Math.random();
      say("power", { watts: Math.round(watts), volts: Number((229 + 2 * Math.random()).toFixed(1)) });
    }, 500),
    setInterval(() => {
      const names = Object.keys(rooms);
      const room = names[Math.floor(Math.random() * names.length)];
      say(`${room}/motion`, { at: new Date().toISOString() }, { properties: { userProperty: [["sensor", `pir-${room}`]] } });
      say(`${room}/light`, Math.random() > 0.5 ? "on" : "off", kept);
    }, 2300),
    setInterval(() => say("garden/weather", weather(tick), { qos: 1, retain: true }), 1700),
  ];
  return {
    target: (events) => broker.open(events),
    async end() {
      timers.forEach(clearInterval);
      await house.end();
      await broker.close();
    },
  };
}

const rooms = {
  kitchen: { base: 21.5, phase: 0 },
  living: { base: 20.4, phase: 1.4 },
  bedroom: { base: 18.2, phase: 2.6 },
  bath: { base: 23, phase: 4 },
};

function weather(tick) {
  return {
    temperature: Number((12 + 3 * Math.sin(tick / 60)).toFixed(1)),
    humidity: Math.round(62 + 9 * Math.cos(tick / 45)),
    wind: Number((2.5 + 2 * Math.random()).toFixed(1)),
  };
}
