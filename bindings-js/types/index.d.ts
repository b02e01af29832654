export * from "./broker.js";
export * from "./client.js";
export * from "./packet.js";
export * from "./topic.js";
export * from "./transport.js";
