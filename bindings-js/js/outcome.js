import { reasonCodeName } from "../dist/client-inline.js";
import { MqttError } from "./error.js";

const FAILURE = 0x80;

const texts = {
  dropped: "dropped: the queue is full",
  expired: "expired: its time is over",
  sessionLost: "uncertain: the server no longer knew what was in flight",
  cancelled: "cancelled",
  disconnected: "given up: the client has ended",
};

/** The outcome of a token: what its promise resolves to, or the error with which it rejects. */
export function settle({ resolve, reject, what }, outcome) {
  const refusal = outcome.type === "refused" ? outcome.reasonCode : outcome.reasonCodes?.find((code) => code >= FAILURE);
  if (refusal !== undefined) {
    const reasonString = outcome.reasonString ?? outcome.properties?.reasonString;
    const reasonName = reasonCodeName(refusal);
    const message = `${what} refused: ${reasonName}${reasonString ? ` (${reasonString})` : ""}`;
    reject(new MqttError(message, "refused", { reasonCode: refusal, reasonName, reasonString }));
  } else if (outcome.type in texts) {
    reject(new MqttError(`${what} ${texts[outcome.type]}`, outcome.type));
  } else {
    resolve(outcome);
  }
}
