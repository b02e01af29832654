// What the three demonstrations have in common: a broker of their own, and a way to wait.
import { Broker } from "polymqtt";

export const say = (line) => console.log(line);

/** Runs `play` with the address of a broker that lives as long. */
export async function demo(play) {
  const broker = new Broker();
  const { url } = await broker.listen();
  await play(url);
  await broker.close();
  say("done");
}

/** Waits until `condition` holds; a demonstration that takes longer than ten seconds has failed. */
export async function waitFor(condition) {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never became true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
