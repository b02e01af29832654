/** Quality of Service: at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

/** The version of MQTT that is spoken. */
export type ProtocolVersion = "5.0" | "3.1.1" | "3.1";

/** What a payload or a password may be: text goes out as UTF-8. */
export type Bytes = string | Uint8Array | ArrayBuffer;

/** A name and a value. The order is kept, and a name may stand more than once. */
export type UserProperty = [name: string, value: string];

/** The properties of MQTT 5.0 under the standard's own names (2.2.2.2, table 2-4). */
export interface Properties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  /** In a PUBLISH an array: one for each subscription that matched. */
  subscriptionIdentifier?: number | number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  userProperty?: UserProperty[];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifierAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

/** The properties of a message that is published. User Properties may also be written as an object. */
export type PublishProperties = Pick<
  Properties,
  "payloadFormatIndicator" | "messageExpiryInterval" | "contentType" | "responseTopic"
> & { correlationData?: Bytes; userProperty?: UserProperty[] | Record<string, string> };

/** What a client asks of a subscription (3.8.3.1). */
export interface SubscriptionOptions {
  /** The highest QoS at which messages are delivered; 0 if not said. */
  qos?: QoS;
  /** Do not send me what I published. */
  noLocal?: boolean;
  /** Keep the RETAIN flag as it was published. */
  retainAsPublished?: boolean;
  /** Retained Messages: 0 send them, 1 only if the subscription is new, 2 do not. */
  retainHandling?: 0 | 1 | 2;
}

/** Whatever goes wrong. */
export class MqttError extends Error {
  constructor(message: string, kind: MqttErrorKind, details?: Partial<MqttError>);
  readonly name: "MqttError";
  /** What became of the call, or whose fault it is. */
  readonly kind: MqttErrorKind;
  /** The Reason Code (2.4), if there is one. */
  readonly reasonCode?: number;
  /** Its name in the standard, such as `Not authorized`. */
  readonly reasonName?: string;
  /** The statement of the standard that was broken, such as `MQTT-3.3.1-4`. */
  readonly statement?: string;
  /** What the other side said. */
  readonly reasonString?: string;
}

export type MqttErrorKind =
  /** The call makes no sense: an unknown option, a value out of its range. */
  | "usage"
  /** Bytes or a text that the standard does not allow. */
  | "malformed"
  /** The server said no. */
  | "refused"
  /** The connection could not be opened, or broke. */
  | "transport"
  /** It had to give way because the queue was full. */
  | "dropped"
  /** Its time was over. */
  | "expired"
  /** It was sent, and the server lost the Session before acknowledging it. */
  | "sessionLost"
  | "cancelled"
  /** The client has ended. */
  | "disconnected";
