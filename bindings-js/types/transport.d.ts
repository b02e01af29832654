/** What a transport tells the one who opened it. */
export interface TransportEvents {
  /** The connection stands. */
  open(): void;
  /** Bytes came. */
  data(bytes: Uint8Array): void;
  /** After a `send` that returned false: there is room again. */
  drain(): void;
  /** The connection is gone. */
  close(error?: Error): void;
}

/** An open connection. */
export interface Transport {
  /** Sends bytes, all of them; false: wait for `drain` before sending more. */
  send(bytes: Uint8Array): boolean;
  /** Ends the connection after what was sent. */
  close(): void;
}

/** Opens a connection: a transport of your own is such a function. */
export type OpenTransport = (events: TransportEvents, options?: object) => Transport;

/** Anything that exchanges messages with one partner: a MessagePort, a Worker, a Worker's own scope. */
export interface PortLike {
  postMessage(message: unknown, transfer?: any[]): void;
  addEventListener(type: any, listener: any): void;
  removeEventListener(type: any, listener: any): void;
}

/** The time as clients and brokers see it; give another one for tests. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: any): void;
}
