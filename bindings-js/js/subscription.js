/**
 * What `client.subscribe` gives: the messages of its Topic Filters, to be read with `for await`, once.
 *
 * Messages that nobody has read yet wait in a queue of `queueMax`; when it is full the oldest makes room and
 * `dropped` counts it. Leaving the loop unsubscribes, as does the end of an `await using`; `unsubscribe()` also waits until
 * the server has answered.
 */
export class Subscription {
  #leave;
  #queue = [];
  #queueMax;
  #readers = [];
  #ended = false;
  #fault;

  constructor(topicFilters, queueMax, leave) {
    this.topicFilters = topicFilters;
    this.reasonCodes = [];
    this.dropped = 0;
    this.#queueMax = queueMax;
    this.#leave = leave;
  }

  /** How many messages wait to be read. */
  get size() {
    return this.#queue.length;
  }

  /** The next message: `{ value, done }`, as every asynchronous iterator answers. */
  next() {
    if (this.#queue.length > 0) return Promise.resolve({ value: this.#queue.shift(), done: false });
    if (this.#fault) return Promise.reject(this.#fault);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Called by `for await` when the loop is left. Does not wait for the server. */
  async return(value) {
    this.unsubscribe().catch(() => {});
    return { value, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** Ends the subscription, here and at the server. */
  async unsubscribe() {
    if (this.#ended) return;
    this.end();
    await this.#leave(this);
  }

  async [Symbol.asyncDispose]() {
    await this.return();
  }

  /** @internal */
  deliver(message) {
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ value: message, done: false });
    else if (this.#queue.push(message) > this.#queueMax) {
      this.#queue.shift();
      this.dropped += 1;
    }
  }

  /** @internal What is in the queue can still be read. */
  end(fault) {
    this.#ended = true;
    this.#fault = fault;
    for (const reader of this.#readers.splice(0)) {
      if (fault) reader.reject(fault);
      else reader.resolve({ value: undefined, done: true });
    }
  }
}
