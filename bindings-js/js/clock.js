/** The platform's time. Whatever else is given as `clock` has the same three functions. */
export const systemClock = {
  now: () => Math.floor(performance.now()),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
};

// A longer delay would overflow in every JavaScript engine and fire at once.
const DELAY_MS_MAX = 0x7fffffff;

/** Calls a machine's `handleTimeout` when it is due: `schedule` is to be called after every call of the machine. */
export class Alarm {
  #clock;
  #ring;
  #timer;
  #due;

  constructor(clock, ring) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** `due` is when to ring at the latest, or `undefined`. */
  schedule(due) {
    if (due === this.#due) return;
    this.#clock.clearTimeout(this.#timer);
    this.#due = due;
    if (due === undefined) return;
    const delay = Math.min(Math.max(due - this.#clock.now(), 0), DELAY_MS_MAX);
    this.#timer = this.#clock.setTimeout(() => {
      this.#due = undefined;
      this.#ring();
    }, delay);
  }
}

/** A seed that nobody can guess. */
export function randomSeed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}
