import type { Properties, ProtocolVersion, QoS, SubscriptionOptions } from "./packet.js";

export * from "./packet.js";

/** Properties as names and values, in order. */
export type PropertyList = [name: keyof Properties, value: unknown][];

export interface CodecOptions {
  /** 5.0 if not said. A CONNECT brings its own. */
  protocolVersion?: ProtocolVersion;
  /** Who sent the bytes: packets that only the other side may send are refused. */
  sender?: "client" | "server";
  packetSizeMax?: number;
  propertiesMax?: number;
  topicLevelsMax?: number;
  /** Decoded properties come as an array of names and values: in the order of the wire, down to the last one. */
  propertyList?: boolean;
}

export interface Connect {
  type: "connect";
  protocolVersion?: ProtocolVersion;
  cleanStart?: boolean;
  keepAliveS?: number;
  clientIdentifier?: string;
  will?: { topic: string; payload?: Uint8Array; qos?: QoS; retain?: boolean; properties?: Properties | PropertyList };
  userName?: string;
  password?: Uint8Array;
  properties?: Properties | PropertyList;
}

export interface ConnAck {
  type: "connack";
  sessionPresent?: boolean;
  reasonCode?: number;
  properties?: Properties | PropertyList;
}

export interface Publish {
  type: "publish";
  dup?: boolean;
  qos?: QoS;
  retain?: boolean;
  /** Not there: the Topic Alias stands for it. */
  topic?: string;
  packetIdentifier?: number;
  payload?: Uint8Array;
  properties?: Properties | PropertyList;
}

export interface Acknowledgement {
  type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  packetIdentifier: number;
  reasonCode?: number;
  properties?: Properties | PropertyList;
}

export interface Subscribe {
  type: "subscribe";
  packetIdentifier: number;
  subscriptions: ({ topicFilter: string } & SubscriptionOptions)[];
  properties?: Properties | PropertyList;
}

export interface SubscribeAcknowledgement {
  type: "suback" | "unsuback";
  packetIdentifier: number;
  reasonCodes?: number[];
  properties?: Properties | PropertyList;
}

export interface Unsubscribe {
  type: "unsubscribe";
  packetIdentifier: number;
  topicFilters: string[];
  properties?: Properties | PropertyList;
}

export interface Ping {
  type: "pingreq" | "pingresp";
}

export interface End {
  type: "disconnect" | "auth";
  reasonCode?: number;
  properties?: Properties | PropertyList;
}

export type Packet =
  | Connect
  | ConnAck
  | Publish
  | Acknowledgement
  | Subscribe
  | SubscribeAcknowledgement
  | Unsubscribe
  | Ping
  | End;

/** The bytes of a packet. */
export function encode(packet: Packet, options?: CodecOptions): Uint8Array;

/** The first packet in the bytes, and how many of them it took; undefined: there are not enough yet. */
export function decode(bytes: Uint8Array, options?: CodecOptions): { packet: Packet; length: number } | undefined;

/** The canonical text of a packet: one line, the same in every language. */
export function format(packet: Packet, options?: CodecOptions): string;

/** The packet that a line of canonical text describes. */
export function parse(line: string, options?: CodecOptions): Packet;

/** Decodes packets from bytes that arrive in any pieces. */
export class Decoder {
  constructor(options?: CodecOptions);
  /** Adds bytes. */
  write(bytes: Uint8Array): void;
  /** The next packet; undefined until there are more bytes. */
  read(): Packet | undefined;
  free(): void;
}
