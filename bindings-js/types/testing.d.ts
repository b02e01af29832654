import type { Clock, OpenTransport } from "./transport.js";

/** A connection in memory: one end for a client, one for a broker's `accept`. */
export function link(): { client: OpenTransport; server: OpenTransport; close(error?: Error): void };

/** A clock that stands still until `advance`. Give it as `clock` to clients and brokers. */
export class VirtualClock implements Clock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): number;
  clearTimeout(timer: number): void;
  /** Lets time pass; every timer fires in order, at its own time. */
  advance(ms: number): Promise<void>;
}

/** A network in memory that can fail. */
export class Network {
  constructor(broker: { accept(open: OpenTransport): void });
  /** What a client connects to. */
  readonly open: OpenTransport;
  /** False: every attempt to connect fails. */
  reachable: boolean;
  /** Breaks every connection. */
  cut(): void;
}

/** Waits until everything has happened that needs no time. */
export function settled(): Promise<void>;
