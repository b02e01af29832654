import type { Bytes, MqttError, Properties, ProtocolVersion, PublishProperties, QoS, SubscriptionOptions, UserProperty } from "./packet.js";
import type { Clock, OpenTransport, PortLike } from "./transport.js";

/** Where a client connects to: a URL, a port to a broker in another Worker or tab, or a transport of your own. */
export type Target = string | URL | PortLike | { port: PortLike } | BroadcastChannel | OpenTransport;

export interface PublishOptions {
  /** 0 if not said. */
  qos?: QoS;
  /** The broker keeps the message for those who subscribe later. */
  retain?: boolean;
  properties?: PublishProperties;
  /** Gives up waiting. */
  signal?: AbortSignal;
}

export interface Will extends Omit<PublishOptions, "signal"> {
  topic: string;
  payload?: Bytes;
  /** Seconds between the end of the connection and the publication (5.0). */
  delayIntervalS?: number;
}

/** The options of the state machine: the same as in the other languages. */
export interface MachineOptions {
  protocolVersion?: ProtocolVersion;
  /** Empty or not said: the server chooses one. */
  clientIdentifier?: string;
  /** Begin with a new Session; true if not said. */
  cleanStart?: boolean;
  keepAliveS?: number;
  userName?: string;
  password?: Bytes;
  will?: Will;
  /** Seconds that the Session outlives the connection; 4294967295: for ever. */
  sessionExpiryIntervalS?: number;
  receiveMaximum?: number;
  maximumPacketSizeBytes?: number;
  topicAliasMaximum?: number;
  topicAliasOutboundMaximum?: number;
  requestResponseInformation?: boolean;
  requestProblemInformation?: boolean;
  userProperties?: UserProperty[] | Record<string, string>;
  /** Enhanced authentication. */
  authentication?: { method: string; data?: Bytes };
  /** "manual": you call `message.acknowledge()`. */
  acknowledgement?: "automatic" | "manual";
  /** false: never; otherwise exponential backoff with full jitter. */
  reconnect?: boolean | { delayMinMs?: number; delayMaxMs?: number; attemptsMax?: number };
  connectTimeoutMs?: number;
  pingTimeoutMs?: number;
  acknowledgementTimeoutMs?: number;
  requestTimeoutMs?: number;
  responseTopic?: string;
  /** Limits of what waits to be sent while there is no connection. */
  queue?: { messagesMax?: number; bytesMax?: number; whenFull?: "refuse" | "dropOldest" | "dropQoS0First" };
  inFlightMax?: number;
  requestsMax?: number;
  outgoingBytesMax?: number;
  republishQoS1?: boolean;
  /** All randomness comes from here; the client draws one itself. */
  seed?: number | bigint;
  store?: boolean;
}

export interface ClientOptions extends Omit<MachineOptions, "store"> {
  /** Asked before each attempt to connect. */
  credentials?: () => Credentials | Promise<Credentials>;
  /** Ends the client. */
  signal?: AbortSignal;
  clock?: Clock;
  /** Node: the options of `tls.connect`, such as `ca`, `cert`, `key`. */
  tls?: object;
  /** Node: headers for the request that opens a WebSocket. */
  headers?: Record<string, string>;
}

export interface Credentials {
  userName?: string;
  password?: Bytes;
}

export interface SubscribeOptions extends SubscriptionOptions {
  subscriptionIdentifier?: number;
  userProperties?: UserProperty[] | Record<string, string>;
  /** How many messages may wait to be read; 1,024 if not said. */
  queueMax?: number;
  signal?: AbortSignal;
}

/** An Application Message. */
export class Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** It was kept by the broker, and this is not a new one. */
  readonly retain: boolean;
  readonly dup: boolean;
  readonly properties: Properties;
  /** What the named wildcards of the Topic Filter matched: `{ id: "7" }` for `cmd/+id`. */
  readonly captures: Record<string, string>;
  /** The payload as UTF-8 text. */
  text(): string;
  /** The payload as JSON. */
  json(): any;
  /** With `acknowledgement: "manual"`: tells the server that the message was processed. */
  acknowledge(reasonCode?: number): void;
}

/** The messages of one or more Topic Filters. */
export class Subscription implements AsyncIterableIterator<Message>, AsyncDisposable {
  /** The Topic Filters, without names of wildcards. */
  readonly topicFilters: string[];
  /** What the server granted, one Reason Code for each Topic Filter. */
  readonly reasonCodes: number[];
  /** How many messages were dropped because nobody read them. */
  readonly dropped: number;
  /** How many wait to be read. */
  readonly size: number;
  next(): Promise<IteratorResult<Message, undefined>>;
  return(value?: undefined): Promise<IteratorResult<Message, undefined>>;
  [Symbol.asyncIterator](): this;
  /** Ends the subscription. Leaving a `for await` loop does the same. */
  unsubscribe(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Published {
  reasonCode: number;
  reasonName: string;
  properties: Properties;
}

export interface Server {
  clientIdentifier: string;
  sessionExpiryIntervalS: number;
  receiveMaximum: number;
  maximumQoS: QoS;
  retainAvailable: boolean;
  maximumPacketSizeBytes: number;
  topicAliasMaximum: number;
  wildcardSubscriptionAvailable: boolean;
  subscriptionIdentifierAvailable: boolean;
  sharedSubscriptionAvailable: boolean;
  keepAliveS: number;
  responseInformation?: string;
}

export interface ClientStatistics {
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  messagesSent: number;
  messagesReceived: number;
  connections: number;
}

/** Why a connection ended. */
export interface DisconnectDetails {
  cause:
    | "requested"
    | "refused"
    | "serverDisconnected"
    | "violation"
    | "transportClosed"
    | "transportFailed"
    | "connectTimeout"
    | "pingTimeout"
    | "acknowledgementTimeout";
  reasonCode: number;
  reasonName: string;
  statement?: string;
  reasonString?: string;
  serverReference?: string;
  /** When the client tries again, by its clock; not there: it does not. */
  reconnectAt?: number;
}

export interface ClientEventMap {
  connect: Event & { sessionPresent: boolean; properties: Properties };
  disconnect: Event & DisconnectDetails;
  /** A message that no subscription of this client asked for, such as one of a Session that was resumed. */
  message: Event & { message: Message };
  authentication: Event & { reasonCode: number; reasonName: string; properties: Properties };
  /** After a reconnect the server did not grant this Topic Filter again. */
  subscriptionLost: Event & { topicFilter: string; reasonCode: number; reasonName: string };
  error: Event & { error: unknown };
  /** The client has ended. */
  close: Event;
}

export interface EndOptions {
  /** The server is to publish the will nonetheless. */
  withWill?: boolean;
  sessionExpiryIntervalS?: number;
  properties?: Properties;
}

/** An MQTT client that keeps its connection by itself. */
export class Client extends EventTarget implements AsyncDisposable {
  /** Starts to connect at once. */
  constructor(target: Target, options?: ClientOptions);
  /** Whether the server has accepted the connection and it still stands. */
  readonly connected: boolean;
  /** What the server said about itself. */
  readonly server: Server;
  readonly statistics: ClientStatistics;
  /** Resolves when the message was sent (QoS 0) or acknowledged. */
  publish(topic: string, payload?: Bytes, options?: PublishOptions): Promise<Published>;
  /** Publishes a request, at QoS 1 unless told, and resolves to its response. */
  request(topic: string, payload?: Bytes, options?: PublishOptions & { timeoutMs?: number }): Promise<Message>;
  /** Answers a request that came with `responseTopic`. */
  respond(request: Message, payload?: Bytes, options?: PublishOptions): Promise<Published>;
  /** Subscribes; read the messages with `for await`. */
  subscribe(topicFilters: string | string[], options?: SubscribeOptions): Promise<Subscription>;
  /** Calls the handler for each message. */
  on(
    topicFilters: string | string[],
    handler: (message: Message, captures: Record<string, string>) => unknown,
    options?: SubscribeOptions & { subscribe?: boolean },
  ): Promise<Subscription>;
  authenticate(data: Bytes): void;
  reAuthenticate(data: Bytes): void;
  /** Says goodbye, and resolves when the connection is closed. */
  end(options?: EndOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  addEventListener<K extends keyof ClientEventMap>(
    type: K,
    listener: (event: ClientEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Connects, and resolves to a client when the server has accepted. Rejects when this first attempt fails. */
export function connect(target: Target, options?: ClientOptions): Promise<Client>;
