// The WebAssembly travels in JavaScript as deflated bytes in base64: a server that compresses sends it at about the size
// of the plain file. Browsers inflate only asynchronously, and a module must not wait while it loads; hence this.

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

/** Inflates a raw DEFLATE stream (RFC 1951) that stands in base64 and comes out as `size` bytes. */
export function inflate(base64, size) {
  const source = bytesOf(base64);
  const out = new Uint8Array(size);
  let position = 0;
  let bits = 0;
  let held = 0;
  let at = 0;

  function need(count) {
    for (; held < count; held += 8) bits |= source[position++] << held;
  }

  function read(count) {
    need(count);
    const value = bits & ((1 << count) - 1);
    bits >>>= count;
    held -= count;
    return value;
  }

  function symbol({ table, longest }) {
    need(longest);
    const entry = table[bits & ((1 << longest) - 1)];
    bits >>>= entry & 15;
    held -= entry & 15;
    return entry >> 4;
  }

  function block(literals, distances) {
    for (let value; (value = symbol(literals)) !== END_OF_BLOCK; ) {
      if (value < END_OF_BLOCK) out[at++] = value;
      else {
        let length = LENGTHS.base[value - 257] + read(LENGTHS.extra[value - 257]);
        const distance = symbol(distances);
        let from = at - DISTANCES.base[distance] - read(DISTANCES.extra[distance]);
        while (length-- > 0) out[at++] = out[from++];
      }
    }
  }

  function dynamic() {
    const [literals, distances, codes] = [read(5) + 257, read(5) + 1, read(4) + 4];
    const sizes = new Uint8Array(19);
    for (let i = 0; i < codes; i++) sizes[ORDER[i]] = read(3);
    const code = huffman(sizes);
    const lengths = [];
    while (lengths.length < literals + distances) {
      const value = symbol(code);
      if (value < 16) lengths.push(value);
      else {
        const repeated = value === 16 ? lengths.at(-1) : 0;
        const count = value === 16 ? 3 + read(2) : value === 17 ? 3 + read(3) : 11 + read(7);
        for (let i = 0; i < count; i++) lengths.push(repeated);
      }
    }
    block(huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals)));
  }

  function stored() {
    position -= held >> 3; // whole bytes that were taken too early
    bits = held = 0;
    const length = read(16);
    read(16); // the same again, inverted
    out.set(source.subarray(position, position + length), at);
    position += length;
    at += length;
  }

  for (let last = 0; !last; ) {
    last = read(1);
    const kind = read(2);
    if (kind === 0) stored();
    else if (kind === 1) block(huffman(FIXED), huffman(FIXED_DISTANCES));
    else dynamic();
  }
  return out;
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A canonical Huffman code out of the lengths of its codes: what the next bits mean, and how many of them count. */
function huffman(lengths) {
  let longest = 1;
  for (const length of lengths) longest = Math.max(longest, length);
  const table = new Uint16Array(1 << longest);
  let code = 0;
  for (let length = 1; length <= longest; length++, code <<= 1) {
    for (let value = 0; value < lengths.length; value++) {
      if (lengths[value] !== length) continue;
      // Codes come with their first bit lowest.
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
      for (; reversed < table.length; reversed += 1 << length) table[reversed] = (value << 4) | length;
      code += 1;
    }
  }
  return { table, longest };
}

/** The ranges of lengths (`first` 3, `step` 4) or distances (1, 2): where each begins, and how many bits follow. */
function ranges(first, step, count) {
  const extra = Array.from({ length: count }, (_, index) => Math.max(0, Math.floor(index / step) - 1));
  const base = [first];
  for (let index = 1; index < count; index++) base.push(base[index - 1] + (1 << extra[index - 1]));
  return { base, extra };
}

const LENGTHS = ranges(3, 4, 29);
LENGTHS.base[28] = 258;
LENGTHS.extra[28] = 0;
const DISTANCES = ranges(1, 2, 30);
const FIXED = Array.from({ length: 288 }, (_, value) => (value < 144 ? 8 : value < 256 ? 9 : value < 280 ? 7 : 8));
const FIXED_DISTANCES = new Array(30).fill(5);
