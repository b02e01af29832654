/**
 * Whatever goes wrong in polymqtt. `kind` says whose fault it is and what became of the call; the Reason Code and the
 * statement of the standard are there when there is one.
 */
export class MqttError extends Error {
  constructor(message, kind, { reasonCode, reasonName, statement, reasonString, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "MqttError";
    this.kind = kind;
    if (reasonCode !== undefined) this.reasonCode = reasonCode;
    if (reasonName !== undefined) this.reasonName = reasonName;
    if (statement !== undefined) this.statement = statement;
    if (reasonString !== undefined) this.reasonString = reasonString;
  }
}

/** Called from WebAssembly, where an argument that is missing arrives as `undefined`. */
export function newError(message, kind, reasonCode, reasonName, statement) {
  return new MqttError(message, kind, { reasonCode, reasonName, statement });
}
