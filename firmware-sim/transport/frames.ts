// MQTT control packets as a publishing device needs them, written apart from the gateway's own splitter so that
// a shared misreading cannot cancel out. QoS 0 and 1 out; CONNACK, PUBACK, PINGRESP and DISCONNECT in.
//   fixed header: type << 4 | flags, remaining length (1 to 4 bytes of 7 bits, lowest first)
//   PUBLISH: topic (u16 length, UTF-8), packet id (u16, QoS > 0), [MQTT 5: property length], payload
// @see MQTT 3.1.1 §2–3, MQTT 5.0 §2–3

export type MqttVersion = 4 | 5;

export const PACKET = { connack: 2, publish: 3, puback: 4, pingresp: 13, disconnect: 14 } as const;
/** The DUP bit of a PUBLISH's first byte. */
export const DUP_FLAG = 0x08;
export const PINGREQ_FRAME: Buffer = Buffer.from([0xc0, 0]);
export const DISCONNECT_FRAME: Buffer = Buffer.from([0xe0, 0]);

export interface ConnectOptions {
  readonly version: MqttVersion;
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  /** MQTT 5 only: how long the server keeps the session. */
  readonly sessionExpirySeconds: number;
  readonly username?: string;
  readonly password?: string;
}

export interface PublishOptions {
  readonly version: MqttVersion;
  /** The topic's UTF-8 bytes. */
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  /** 0 = QoS 0, else QoS 1 under this packet id. */
  readonly packetId: number;
  readonly dup: boolean;
}

/** What a CONNACK says. `code` 0 is success; anything else is the refusal's code of that protocol version. */
export interface Connack {
  readonly sessionPresent: boolean;
  readonly code: number;
  /** MQTT 5 Receive Maximum; 65,535 where the server does not say. */
  readonly receiveMaximum: number;
}

export function connectFrame(options: ConnectOptions): Buffer {
  const { username, password } = options;
  const flags =
    (options.cleanStart ? 0x02 : 0) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80);
  const parts = [
    text("MQTT"),
    Buffer.from([options.version, flags]),
    u16(options.keepAliveSeconds),
    // Properties: Session Expiry Interval (0x11, u32) alone.
    ...(options.version === 5 ? [Buffer.from([5, 0x11]), u32(options.sessionExpirySeconds)] : []),
    text(options.clientId),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ];
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x10]), varint(body.length), body]);
}

export function publishFrame(options: PublishOptions): Buffer {
  const { topic, payload, packetId } = options;
  const properties = options.version === 5 ? 1 : 0;
  const remaining = 2 + topic.length + (packetId > 0 ? 2 : 0) + properties + payload.length;
  const length = varint(remaining);
  const frame = Buffer.allocUnsafe(1 + length.length + remaining);
  frame[0] = 0x30 | (packetId > 0 ? 0x02 : 0) | (options.dup ? DUP_FLAG : 0);
  frame.set(length, 1);
  let at = frame.writeUInt16BE(topic.length, 1 + length.length);
  frame.set(topic, at);
  at += topic.length;
  if (packetId > 0) at = frame.writeUInt16BE(packetId, at);
  if (properties > 0) frame[at++] = 0;
  frame.set(payload, at);
  return frame;
}

/** Reads a CONNACK's body. */
export function readConnack(body: Uint8Array, version: MqttVersion): Connack {
  const sessionPresent = ((body[0] ?? 0) & 1) === 1;
  const code = body[1] ?? 0xff;
  return {
    sessionPresent,
    code,
    receiveMaximum: version === 5 ? receiveMaximumOf(body) : 65_535,
  };
}

/** Cuts frames out of a byte stream; a frame may arrive in pieces. Bodies are views, valid during the call. */
export class FrameReader {
  readonly #onFrame: (type: number, body: Uint8Array) => void;
  #rest: Buffer | undefined;

  constructor(onFrame: (type: number, body: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      let length = 0;
      let cursor = at + 1;
      let complete = false;
      for (let shift = 0; cursor < bytes.length && shift <= 21 && !complete; shift += 7) {
        const byte = bytes[cursor++] as number;
        length |= (byte & 127) << shift;
        complete = byte < 128;
      }
      if (!complete || cursor + length > bytes.length) break;
      this.#onFrame((bytes[at] as number) >> 4, bytes.subarray(cursor, cursor + length));
      at = cursor + length;
    }
    // Copied: a view would keep the socket's whole read buffer alive.
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }

  /** Forgets a half-read frame: the connection it belonged to is gone. */
  reset(): void {
    this.#rest = undefined;
  }
}

/** Property sizes of a CONNACK by identifier; -1 = UTF-8 text (u16 length), -2 = two texts. */
const CONNACK_PROPERTIES: Readonly<Record<number, number>> = {
  0x11: 4,
  0x12: -1,
  0x13: 2,
  0x15: -1,
  0x16: -1,
  0x1a: -1,
  0x1c: -1,
  0x1f: -1,
  0x21: 2,
  0x22: 2,
  0x24: 1,
  0x25: 1,
  0x26: -2,
  0x27: 4,
  0x28: 1,
  0x29: 1,
  0x2a: 1,
};

function receiveMaximumOf(body: Uint8Array): number {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  // A CONNACK's property length is below 128 unless the server sends long texts; two bytes cover those.
  const first = body[2] ?? 0;
  let at = first < 128 ? 3 : 4;
  while (at < body.length) {
    const id = body[at++] as number;
    if (id === 0x21) return view.getUint16(at);
    const size = CONNACK_PROPERTIES[id];
    if (size === undefined) break;
    if (size >= 0) at += size;
    else for (let texts = size; texts < 0; texts++) at += 2 + view.getUint16(at);
  }
  return 65_535;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
