// Runs core/vectors/topic.txt through the package.
import { equal, runAll, unquote } from "./format.js";

export function runTopicVectors(text, { matches, parseTopicFilter, checkTopicName, TopicPattern }) {
  return runAll(text, (each) => {
    if (each.raw("pattern") !== undefined) pattern(each);
    else if (each.raw("match") !== undefined) match(each);
    else if (each.raw("filter") !== undefined) filter(each);
    else equal(refusalOf(() => checkTopicName(each.text("topic"))), refusal(each));
  });

  function match(each) {
    equal(matches(each.text("filter"), each.text("topic")), each.raw("match") === "yes");
    share(each);
  }

  function filter(each) {
    equal(refusalOf(() => parseTopicFilter(each.text("filter"))), refusal(each));
    if (refusal(each) === undefined) share(each);
  }

  function share(each) {
    const { shareName, filterWithoutShare } = parseTopicFilter(each.text("filter"));
    equal(shareName, each.text("share"));
    equal(filterWithoutShare, each.text("rest") ?? each.text("filter"));
  }

  function pattern(each) {
    if (each.raw("valid") !== undefined) {
      equal(refusalOf(() => new TopicPattern(each.text("pattern"))) ?? "duplicate_capture", refusal(each));
      return;
    }
    const pattern = new TopicPattern(each.text("pattern"));
    equal(pattern.topicFilter, each.text("filter"));
    if (each.raw("topic") === undefined) return;
    const captures = pattern.captures(each.text("topic"));
    equal(captures !== undefined, each.raw("match") === "yes");
    const expected = each.all("capture").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), unquote(line.slice(space + 1))];
    });
    equal(Object.entries(captures ?? {}), expected);
  }
}

/** The statement behind `valid no`; nothing after `valid yes`. */
function refusal(each) {
  const value = each.raw("valid");
  return value === "yes" ? undefined : value.replace(/^no /, "");
}

/** The statement of the error that `call` throws. */
function refusalOf(call) {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error.name !== "MqttError") throw error;
    return error.statement;
  }
}
