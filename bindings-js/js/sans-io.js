// The machines themselves, for whoever brings transport and clock: `handleInput`, `pollOutput`, `nextTimeout`, commands.
export { Broker, Client } from "../dist/full-inline.js";
export { MqttError } from "./error.js";
export { Message } from "./message.js";
