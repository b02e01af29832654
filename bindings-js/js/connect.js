import { Client } from "./client.js";
import { MqttError } from "./error.js";

/**
 * Connects and resolves to a {@link Client} when the server has accepted. Rejects when this first attempt fails; from then
 * on the client reconnects by itself. (`new Client(..)` does not mind if the first attempt fails.)
 */
export async function connect(target, options = {}) {
  options.signal?.throwIfAborted();
  const client = new Client(target, options);
  let cause;
  const connected = new Promise((resolve, reject) => {
    client.addEventListener("connect", resolve, { once: true });
    client.addEventListener("error", ({ error }) => (cause ??= error), { once: true });
    client.addEventListener("disconnect", (event) => reject(refusal(target, event, cause)), { once: true });
    client.addEventListener("close", () => reject(options.signal?.reason ?? cause), { once: true });
  });
  try {
    await connected;
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

function refusal(target, { cause, reasonCode, reasonName, statement, reasonString }, error) {
  if (error && cause === "transportFailed") return error;
  const where = typeof target === "string" ? ` to ${target}` : "";
  const why = causes[cause] ?? reasonName;
  const message = `the connection${where} failed: ${why}${reasonString ? ` (${reasonString})` : ""}`;
  const kind = cause in causes ? "transport" : "refused";
  return new MqttError(message, kind, { reasonCode, reasonName, statement, reasonString, cause: error });
}

const causes = {
  transportFailed: "the transport could not be opened",
  transportClosed: "the server closed it without an answer",
  connectTimeout: "no answer in time",
};
