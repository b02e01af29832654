import { matches } from "../dist/client-inline.js";

/**
 * Messages of a resumed Session that come before the program has said what to do with them: kept until a handler for
 * their topic is there. What comes late for a handler that has left is not kept.
 */
export class Unclaimed {
  #messages = [];
  #filters = new Set();
  #messagesMax;

  constructor(messagesMax) {
    this.#messagesMax = messagesMax;
  }

  /** Keeps a message, if nobody ever asked for its topic. */
  keep(message) {
    for (const filter of this.#filters) if (matches(filter, message.topic)) return;
    this.#messages.push(message);
    if (this.#messages.length > this.#messagesMax) this.#messages.shift();
  }

  /** Hands over the messages for a Topic Filter. */
  claim(topicFilter) {
    this.#filters.add(topicFilter);
    const claimed = this.#messages.filter((message) => matches(topicFilter, message.topic));
    if (claimed.length > 0) this.#messages = this.#messages.filter((message) => !claimed.includes(message));
    return claimed;
  }

  /** Hands over all of them. */
  claimAll() {
    return this.#messages.splice(0);
  }
}
