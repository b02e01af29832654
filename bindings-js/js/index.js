export { Broker } from "./broker.js";
export { Client } from "./client.js";
export { connect } from "./connect.js";
export { MqttError } from "./error.js";
export { Message } from "./message.js";
export { Subscription } from "./subscription.js";
export { checkTopicName, matches, parseTopicFilter, reasonCodeName, TopicPattern } from "../dist/client-inline.js";
