// A real-time feed: posts fan out to everybody who follows a channel; who opens the app sees the latest post at once.
//
//   node feed.mjs follow CHANNEL [URL]            prints the posts of a channel; "+" follows all
//   node feed.mjs post CHANNEL AUTHOR TEXT [URL]
//   node feed.mjs --demo                          both, and a broker, in one program that ends by itself
import { connect } from "polymqtt";
import { demo, say, waitFor } from "./demo.mjs";

/** The posts of a channel as they come, for `for await`. A reader that is too slow misses the oldest, never the newest. */
export async function* follow(client, channel, { signal } = {}) {
  const posts = await client.subscribe(`feed/${channel}/latest`, { qos: 1, queueMax: 100 });
  signal?.addEventListener("abort", () => posts.unsubscribe());
  let missed = 0;
  for await (const message of posts) {
    if (posts.dropped > missed) say(`(${posts.dropped - missed} posts were too fast for this reader)`);
    missed = posts.dropped;
    yield { channel: message.topic.split("/")[1], isOld: message.retain, ...message.json() };
  }
}

/** Publishes a post. The broker keeps the latest one of each channel. */
export function post(client, channel, author, text) {
  const content = JSON.stringify({ author, text, at: new Date().toISOString() });
  return client.publish(`feed/${channel}/latest`, content, { qos: 1, retain: true });
}

const [command, ...words] = process.argv.slice(2);
if (command === "follow") {
  const [channel, url = "mqtt://localhost:1883"] = words;
  for await (const { author, text } of follow(await connect(url), channel)) say(`${author}: ${text}`);
} else if (command === "post") {
  const [channel, author, text, url = "mqtt://localhost:1883"] = words;
  const client = await connect(url);
  await post(client, channel, author, text);
  await client.end();
} else if (command === "--demo") {
  await demo(async (url) => {
    const author = await connect(url);
    await post(author, "weather", "station", "12 degrees, light rain");
    const reader = await connect(url);
    const leaving = new AbortController();
    const read = [];
    const reading = (async () => {
      for await (const each of follow(reader, "+", { signal: leaving.signal })) {
        say(`${each.channel}: ${each.text}${each.isOld ? " (from before)" : ""}`);
        read.push(each);
      }
    })();
    await waitFor(() => read.length === 1);
    await post(author, "news", "desk", "Bridge opened to traffic");
    await post(author, "weather", "station", "13 degrees, sunny spells");
    await waitFor(() => read.length === 3);
    leaving.abort();
    await reading;
    await reader.end();
    await author.end();
  });
} else {
  console.error("feed.mjs follow CHANNEL [URL] | post CHANNEL AUTHOR TEXT [URL] | --demo");
  process.exitCode = 2;
}
