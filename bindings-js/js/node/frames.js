// The frames of a WebSocket (RFC 6455), for Node, which in version 20 has no WebSocket of its own.
import { randomBytes } from "node:crypto";

const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FRAME_BYTES_MAX = 2 ** 28 + 16; // the largest Control Packet

/** Splits a byte stream into frames and answers the control frames. */
export class Frames {
  #socket;
  #events;
  #client;
  #partial = Buffer.alloc(0);
  #closing = false;

  /** `client`: whether this is the side that masks its frames. */
  constructor(socket, events, { client }) {
    this.#socket = socket;
    this.#events = events;
    this.#client = client;
  }

  /** Bytes from the socket. */
  receive(bytes) {
    this.#partial = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    while (this.#next());
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

  #next() {
    const buffer = this.#partial;
    if (buffer.length < 2) return false;
    const opcode = buffer[0] & 0x0f;
    const masked = (buffer[1] & 0x80) !== 0;
    let length = buffer[1] & 0x7f;
    let offset = 2;
    if (length === 126) {
      if (buffer.length < 4) return false;
      length = buffer.readUInt16BE(2);
      offset = 4;
    } else if (length === 127) {
      if (buffer.length < 10) return false;
      length = Number(buffer.readBigUInt64BE(2));
      offset = 10;
    }
    if ((buffer[0] & 0x70) !== 0 || masked === this.#client || (opcode >= CLOSE && length > 125)) return this.#fail(1002);
    if (length > FRAME_BYTES_MAX) return this.#fail(1009);
    const start = offset + (masked ? 4 : 0);
    if (buffer.length < start + length) return false;
    const body = buffer.subarray(start, start + length);
    if (masked) mask(body, buffer.subarray(offset, start));
    this.#partial = buffer.subarray(start + length);
    return this.#handle(opcode, body);
  }

  #handle(opcode, body) {
    if (opcode === CLOSE) {
      this.close();
      return false;
    }
    if (opcode === PING) this.#write(PONG, body);
    // A message may come in several frames; where one ends means nothing to MQTT. Spec: 6.0 [MQTT-6.0.0-2].
    else if (opcode === BINARY || opcode === 0) this.#events.data(body);
    else if (opcode !== PONG) return this.#fail(1003);
    return !this.#closing;
  }

  #fail(code) {
    this.#partial = Buffer.alloc(0);
    this.close(code);
    return false;
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
