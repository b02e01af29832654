// Control Packets to bytes and back.
export { Decoder, decode, encode, format, parse } from "../dist/full-inline.js";
export { MqttError } from "./error.js";
