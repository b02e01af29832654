import type { BrokerMachineOptions, BrokerStatistics, ConnectionInfo, Grant } from "./broker.js";
import type { ClientStatistics, DisconnectDetails, EndOptions, MachineOptions, Message, PublishOptions, Server, SubscribeOptions } from "./client.js";
import type { Bytes, Properties, SubscriptionOptions } from "./packet.js";

export { Message } from "./client.js";
export * from "./packet.js";

type Options = Omit<PublishOptions, "signal">;
type Filters = string | (string | ({ topicFilter: string } & SubscriptionOptions))[];

/** Something to do, in order. */
export type ClientOutput =
  /** Open a transport, then call `handleConnected` or `handleConnectFailed`. */
  | { type: "connect" }
  /** There are bytes to write: `transmitBytes`, then `transmitted`. */
  | { type: "transmit" }
  | { type: "event"; event: ClientEvent }
  /** Make something durable, then call `completed`. */
  | { type: "store"; sequence: number; record: string }
  /** Write what there is to write, and close the transport. */
  | { type: "close" };

export type ClientEvent =
  | { type: "connected"; sessionPresent: boolean; properties: Properties }
  | ({ type: "disconnected" } & DisconnectDetails)
  | { type: "message"; message: Message; handlers: number[]; acknowledgement?: number }
  | { type: "settled"; token: number; outcome: Outcome }
  | { type: "authentication"; reasonCode: number; reasonName: string; properties: Properties }
  | { type: "subscriptionLost"; topicFilter: string; reasonCode: number; reasonName: string }
  | { type: "closed" };

/** How a command ended. */
export type Outcome =
  | { type: "published"; reasonCode: number; reasonName: string; properties: Properties }
  | { type: "subscribed" | "unsubscribed"; reasonCodes: number[]; properties: Properties }
  | { type: "response"; message: Message }
  | { type: "refused"; reasonCode: number; reasonName: string; reasonString?: string }
  | { type: "dropped" | "expired" | "sessionLost" | "cancelled" | "disconnected" };

/** A client without IO and clock. `now` is in milliseconds since any moment. After each call: `pollOutput` until undefined. */
export class Client {
  constructor(options?: MachineOptions);
  connect(now: number): void;
  handleConnected(now: number): void;
  handleConnectFailed(now: number): void;
  handleInput(bytes: Uint8Array, now: number): void;
  handleClosed(now: number): void;
  handleTimeout(now: number): void;
  pollOutput(): ClientOutput | undefined;
  nextTimeout(): number | undefined;
  transmitBytes(): Uint8Array;
  transmitted(sizeBytes: number, now: number): void;
  publish(topic: string, payload: Bytes | undefined, options: Options, now: number): number;
  request(topic: string, payload: Bytes | undefined, options: Options, now: number): number;
  subscribe(topicFilters: Filters, options: Omit<SubscribeOptions, "queueMax" | "signal">, now: number): number;
  unsubscribe(topicFilters: string | string[], options: object, now: number): number;
  cancel(token: number): boolean;
  acknowledge(acknowledgement: number, reasonCode: number, now: number): void;
  setCredentials(userName: string | undefined, password: Bytes | undefined): void;
  authenticate(data: Bytes, now: number): void;
  reAuthenticate(data: Bytes, now: number): void;
  disconnect(options: EndOptions, now: number): void;
  completed(sequence: number, now: number): void;
  addHandler(topicFilter: string): number;
  removeHandler(handler: number): boolean;
  readonly state: "closed" | "opening" | "handshake" | "connected" | "waiting";
  readonly isConnected: boolean;
  readonly server: Server;
  readonly statistics: ClientStatistics;
  free(): void;
}

export type BrokerOutput =
  | { type: "transmit" | "close"; connection: number }
  | { type: "event"; event: BrokerEvent }
  | { type: "store"; sequence: number; record: string };

export interface BrokerEvent {
  type: "connectRequest" | "authentication" | "connected" | "refused" | "disconnected" | "sessionEnded";
  /** The same in every language. */
  text: string;
  [field: string]: unknown;
}

/** A broker without IO and clock. */
export class Broker {
  constructor(options?: BrokerMachineOptions & { askForConnect?: boolean });
  accept(info: ConnectionInfo, now: number): number;
  handleInput(connection: number, bytes: Uint8Array, now: number): void;
  handleClosed(connection: number, now: number): void;
  handleTimeout(now: number): void;
  pollOutput(): BrokerOutput | undefined;
  nextTimeout(): number | undefined;
  transmitBytes(connection: number): Uint8Array;
  transmitted(connection: number, sizeBytes: number, now: number): void;
  acceptConnect(connection: number, grant: Grant, now: number): void;
  rejectConnect(connection: number, reasonCode: number, reasonString: string | undefined, now: number): void;
  completed(sequence: number, now: number): void;
  publish(topic: string, payload: Bytes | undefined, options: Options, now: number): void;
  authenticate(
    connection: number,
    step:
      | { type: "continue"; authenticationData?: Bytes }
      | ({ type: "success" } & Grant)
      | { type: "failure"; reasonCode: number },
    now: number,
  ): void;
  disconnect(connection: number, reasonCode: number, now: number): void;
  disconnectClient(clientIdentifier: string, reasonCode: number, now: number): void;
  shutdown(now: number): void;
  readonly statistics: BrokerStatistics;
  free(): void;
}
