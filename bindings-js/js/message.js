const decoder = new TextDecoder();

/** An Application Message as it came from the server. */
export class Message {
  constructor(topic, payload, qos, retain, dup, properties) {
    this.topic = topic;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.dup = dup;
    this.properties = properties;
  }

  /** The payload as UTF-8 text. */
  text() {
    return decoder.decode(this.payload);
  }

  /** The payload as JSON. */
  json() {
    return JSON.parse(this.text());
  }

  /** @internal The same message as one of several handlers sees it. */
  with(captures) {
    return Object.assign(Object.create(Message.prototype), this, { captures });
  }

  /**
   * Tells the server that the message was processed. Needed only with `acknowledgement: "manual"`; otherwise, and for
   * QoS 0, it does nothing.
   */
  acknowledge() {}
}

/** Called from WebAssembly. */
export function newMessage(topic, payload, qos, retain, dup, properties) {
  return new Message(topic, payload, qos, retain, dup, properties);
}
