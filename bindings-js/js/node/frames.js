// The frames of a WebSocket (RFC 6455), for Node, which in version 20 has no WebSocket of its own.
import { randomBytes } from "node:crypto";

const CONTINUATION = 0x0;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

const NOTHING = Buffer.alloc(0);

/**
 * Takes a byte stream apart and answers the control frames. What is in data frames is handed on as it comes, however
 * large a frame is: where a frame ends means nothing to MQTT. Spec: 6.0 [MQTT-6.0.0-2].
 */
export class Frames {
  #socket;
  #events;
  #client;
  #partial = NOTHING; // the beginning of a head, or of a control frame
  #left = 0; // bytes of the current data frame that have not come yet
  #key; // its mask, turned to the next byte
  #closing = false;

  /** `client`: whether this is the side that masks its frames. */
  constructor(socket, events, { client }) {
    this.#socket = socket;
    this.#events = events;
    this.#client = client;
  }

  /** Bytes from the socket. */
  receive(bytes) {
    let rest = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    this.#partial = NOTHING;
    while (rest.length > 0 && !this.#closing) {
      const taken = this.#left > 0 ? this.#data(rest) : this.#frame(rest);
      if (taken === 0) {
        this.#partial = rest;
        return;
      }
      rest = rest.subarray(taken);
    }
  }

  /** Sends bytes as one binary frame. */
  send(bytes) {
    return this.#write(BINARY, bytes);
  }

  /** Says goodbye; the socket ends when the partner has answered. */
  close(code = 1000) {
    if (this.#closing) return;
    this.#closing = true;
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    this.#write(CLOSE, body);
    if (this.#client) this.#socket.end();
    else this.#socket.destroySoon();
  }

  /** More of a data frame; returns how many bytes it took. */
  #data(bytes) {
    const part = bytes.subarray(0, Math.min(this.#left, bytes.length));
    this.#left -= part.length;
    if (this.#key) {
      mask(part, this.#key);
      const turned = part.length % 4;
      this.#key = Buffer.concat([this.#key.subarray(turned), this.#key.subarray(0, turned)]);
    }
    this.#events.data(part);
    return part.length;
  }

  /** The head of a frame, and all of a control frame; returns how many bytes it took, 0: there are not enough yet. */
  #frame(buffer) {
    if (buffer.length < 2) return 0;
    const opcode = buffer[0] & 0x0f;
    const masked = (buffer[1] & 0x80) !== 0;
    const short = buffer[1] & 0x7f;
    const start = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0);
    const end = start + (masked ? 4 : 0);
    if (buffer.length < end) return 0;
    const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
    if ((buffer[0] & 0x70) !== 0 || masked === this.#client || (opcode >= CLOSE && length > 125)) return this.#fail(1002);
    const key = masked ? Buffer.from(buffer.subarray(start, end)) : undefined;
    if (opcode >= CLOSE) {
      if (buffer.length < end + length) return 0;
      const body = buffer.subarray(end, end + length);
      if (key) mask(body, key);
      this.#control(opcode, body);
      return end + length;
    }
    if (opcode !== BINARY && opcode !== CONTINUATION) return this.#fail(1003);
    this.#left = length;
    this.#key = key;
    return end;
  }

  #control(opcode, body) {
    if (opcode === CLOSE) this.close();
    else if (opcode === PING) this.#write(PONG, body);
    else if (opcode !== PONG) this.#fail(1002);
  }

  #fail(code) {
    this.close(code);
    return 0;
  }

  #write(opcode, body) {
    const extended = body.length < 126 ? 0 : body.length < 65536 ? 2 : 8;
    const head = Buffer.alloc(2 + extended + (this.#client ? 4 : 0));
    head[0] = 0x80 | opcode;
    head[1] = (this.#client ? 0x80 : 0) | (extended === 0 ? body.length : extended === 2 ? 126 : 127);
    if (extended === 2) head.writeUInt16BE(body.length, 2);
    if (extended === 8) head.writeBigUInt64BE(BigInt(body.length), 2);
    if (!this.#client) {
      this.#socket.cork();
      this.#socket.write(head);
      const written = this.#socket.write(body);
      this.#socket.uncork();
      return written;
    }
    const key = randomBytes(4);
    key.copy(head, head.length - 4);
    const masked = Buffer.from(body);
    mask(masked, key);
    return this.#socket.write(Buffer.concat([head, masked]));
  }
}

function mask(body, key) {
  for (let i = 0; i < body.length; i++) body[i] ^= key[i & 3];
}
