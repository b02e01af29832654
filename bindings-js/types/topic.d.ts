/** Whether a Topic Filter matches a Topic Name. Throws when one of them is none. */
export function matches(topicFilter: string, topic: string): boolean;

/** Takes a Topic Filter apart. Throws when it is none. */
export function parseTopicFilter(topicFilter: string): { shareName?: string; filterWithoutShare: string };

/** Throws when the text is not a Topic Name. */
export function checkTopicName(topic: string): void;

/** The standard's name of a Reason Code. */
export function reasonCodeName(reasonCode: number): string | undefined;

/** A Topic Filter whose wildcards may have names: `cmd/+room/#rest`. */
export class TopicPattern {
  constructor(pattern: string);
  /** The Topic Filter to subscribe to: `cmd/+/#`. */
  readonly topicFilter: string;
  /** What the names stand for in a topic; undefined when it does not match. */
  captures(topic: string): Record<string, string> | undefined;
  free(): void;
}
