import type { Client, ClientOptions, PublishOptions } from "./client.js";
import type { Bytes, ProtocolVersion, QoS, UserProperty } from "./packet.js";
import type { Clock, OpenTransport, PortLike } from "./transport.js";

/** The options of the state machine: the same as in the other languages. Every limit has its name. */
export interface BrokerMachineOptions {
  protocolVersionMin?: ProtocolVersion;
  connectTimeoutMs?: number;
  connectionsMax?: number;
  sessionsMax?: number;
  connectSizeBytesMax?: number;
  heldBytesMax?: number;
  clientIdentifierBytesMax?: number;
  clientIdentifierAssigned?: boolean;
  clientIdentifierPrefix?: string;
  packetSizeBytesMax?: number;
  propertiesMax?: number;
  topicLevelsMax?: number;
  maximumQoS?: QoS;
  retainAvailable?: boolean;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifierAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAliasOutboundMax?: number;
  keepAliveSMax?: number;
  sessionExpiryIntervalSMax?: number;
  sessionExpiryIntervalV3S?: number;
  responseInformation?: string;
  outgoingBytesMax?: number;
  inFlightMax?: number;
  queueMessagesMax?: number;
  queueBytesMax?: number;
  queueTotalBytesMax?: number;
  queueWhenFull?: "dropNewest" | "dropOldest";
  queueQoS0?: boolean;
  messageExpiryIntervalSMax?: number;
  subscriptionsMax?: number;
  retainedMessagesMax?: number;
  retainedBytesMax?: number;
  retainedSlice?: number;
  sharedPayloadBytesMin?: number;
  /** Seconds between two publications of the `$SYS` topics; 0: none. */
  sysIntervalS?: number;
  version?: string;
  seed?: number | bigint;
  store?: boolean;
  /** Decides at once about publications, subscriptions, deliveries and wills: true, false or a Reason Code. */
  authorize?: (question: Question) => boolean | number;
}

export interface BrokerOptions extends Omit<BrokerMachineOptions, "store"> {
  /** Decides about a CONNECT, in its own time: true, false (0x86, Bad User Name or Password), a Reason Code, or what the client
   *  is granted. */
  authenticate?: (request: ConnectRequest) => ConnectAnswer | Promise<ConnectAnswer>;
  clock?: Clock;
}

export type ConnectAnswer =
  | boolean
  /** The Reason Code of the refusal. */
  | number
  | Grant
  /** Enhanced authentication (4.12): the client is to go on; `authenticate` is asked again with what it says. */
  | { continue: true; authenticationData?: Bytes };

export interface Grant {
  userName?: string;
  sessionExpiryIntervalSMax?: number;
  serverKeepAliveS?: number;
  responseInformation?: string;
  /** The last step of an enhanced authentication. */
  authenticationData?: Bytes;
  userProperties?: UserProperty[] | Record<string, string>;
}

export interface ConnectRequest {
  clientIdentifier: string;
  protocolVersion?: string;
  cleanStart?: boolean;
  keepAliveS?: number;
  userName?: string;
  password?: Uint8Array;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  /** Whether the client is connected already (4.12.1). */
  reAuthentication?: boolean;
}

export interface Question {
  action: "publish" | "subscribe" | "deliver" | "will";
  clientIdentifier: string;
  userName?: string;
  topic?: string;
  topicFilter?: string;
  qos?: QoS;
  retain?: boolean;
}

export interface ConnectionInfo {
  peer?: string;
  listener?: string;
  identity?: string;
}

export interface BrokerStatistics {
  connections: number;
  clientsConnected: number;
  sessions: number;
  sessionsExpired: number;
  subscriptions: number;
  sharedSubscriptions: number;
  retainedMessages: number;
  retainedBytes: number;
  queuedMessages: number;
  queuedBytes: number;
  packetsReceived: number;
  packetsSent: number;
  publishReceived: number;
  publishSent: number;
  publishDropped: number;
  publishBytesReceived: number;
  publishBytesSent: number;
  bytesReceived: number;
  bytesSent: number;
  clientsMaximum: number;
}

export interface BrokerEventMap {
  connected: Event & { clientIdentifier: string; protocolVersion: string; userName?: string; sessionPresent: boolean };
  disconnected: Event & { clientIdentifier: string; cause: string; reasonCode?: number; reasonName?: string };
  refused: Event & { clientIdentifier?: string; cause: string; reasonCode?: number; reasonName?: string };
  sessionEnded: Event & { clientIdentifier: string };
  error: Event & { error: unknown };
}

export interface ListenOptions {
  /** 0: any port that is free. */
  port?: number;
  /** 127.0.0.1 if not said. */
  host?: string;
  /** MQTT over WebSocket: true, or the path. */
  websocket?: boolean | string;
  /** The options of Node's `tls.createServer`. */
  tls?: object;
}

export interface Listener {
  port: number;
  url: string;
  close(): Promise<void>;
}

/** An MQTT broker in this page, Worker or process. It lives in memory. */
export class Broker extends EventTarget implements AsyncDisposable {
  constructor(options?: BrokerOptions);
  readonly statistics: BrokerStatistics;
  /** Serves a MessagePort, a Worker, a SharedWorker's scope, a BroadcastChannel or a transport of your own. */
  accept(target: PortLike | BroadcastChannel | OpenTransport, info?: ConnectionInfo): void;
  /** A client in the same program. */
  connect(options?: ClientOptions): Promise<Client>;
  /** A transport to this broker, in memory: `connect(broker.open)`. */
  readonly open: OpenTransport;
  /** Publishes in the broker's own name. */
  publish(topic: string, payload?: Bytes, options?: Omit<PublishOptions, "signal">): void;
  /** Ends the connection of a client. */
  disconnect(clientIdentifier: string, reasonCode?: number): void;
  /** Node: listens on a port. */
  listen(where?: number | ListenOptions): Promise<Listener>;
  /** Says goodbye to everybody and stops listening. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  addEventListener<K extends keyof BrokerEventMap>(
    type: K,
    listener: (event: BrokerEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
