// Reads the text format of core/vectors: cases of `key value` lines, separated by empty lines. Runs in Node and in a page.

/** All cases of a file: `{ name, lines: [[key, value]] }`. */
export function parse(text) {
  const cases = [];
  let inside = false;
  for (const line of text.split("\n")) {
    if (line === "") inside = false;
    else if (!line.startsWith("#")) {
      const space = line.indexOf(" ");
      const [key, value] = space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
      if (inside) cases.at(-1).lines.push([key, value]);
      else {
        if (key !== "case") throw new Error(`a case begins with its name: ${line}`);
        cases.push(new Case(value));
        inside = true;
      }
    }
  }
  return cases;
}

class Case {
  constructor(name) {
    this.name = name;
    this.lines = [];
  }

  /** The values of all lines with this key. */
  all(key) {
    return this.lines.filter(([each]) => each === key).map(([, value]) => value);
  }

  /** The value of the only line with this key. */
  raw(key) {
    return this.all(key)[0];
  }

  /** The same without its quotes and escapes. */
  text(key) {
    const value = this.raw(key);
    return value === undefined ? undefined : unquote(value);
  }
}

/** The text that a quoted value stands for; `\xHH` is one byte of its UTF-8. */
export function unquote(value) {
  if (!/^".*"$/s.test(value)) throw new Error(`a text stands in double quotes: ${value}`);
  const bytes = [];
  const source = new TextEncoder().encode(value.slice(1, -1));
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== 0x5c) bytes.push(source[i]);
    else {
      const escape = String.fromCharCode(source[++i]);
      if (escape === "x") bytes.push(parseInt(String.fromCharCode(source[++i], source[++i]), 16));
      else bytes.push({ '"': 0x22, "\\": 0x5c, n: 0x0a, r: 0x0d, t: 0x09 }[escape]);
    }
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
}

/** `{TEXT*COUNT}` stands for TEXT repeated COUNT times. */
export function expand(value) {
  return value.replace(/\{([^{}*]*)\*(\d+)\}/g, (_, text, count) => text.repeat(Number(count)));
}

/** The bytes of hexadecimal digits. */
export function fromHex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Bytes as hexadecimal digits. */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fails unless both say the same. */
export function equal(actual, expected, what = "") {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what && `${what}: `}expected ${b}, got ${a}`);
}

/** Runs `check` on every case of a file; returns how many there were, and what failed. */
export function runAll(text, check) {
  const cases = parse(text);
  const failures = [];
  for (const each of cases) {
    try {
      check(each);
    } catch (error) {
      failures.push(`${each.name}: ${error.message}`);
    }
  }
  return { count: cases.length, failures };
}
