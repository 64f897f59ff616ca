// A small MQTT 3.1.1 / 5.0 client on a raw socket, for tests: QoS 0 and 1, every packet visible, nothing automatic, and
// able to break the protocol on purpose. Not for production: it trusts what the server sends.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface TestClientOptions {
  readonly port: number;
  readonly host?: string;
  readonly version?: 4 | 5;
  readonly clientId?: string;
  readonly cleanStart?: boolean;
  readonly keepAliveSeconds?: number;
  /** 5.0 only. */
  readonly sessionExpirySeconds?: number;
  readonly username?: string;
  readonly password?: string;
  /** An open socket to use, TLS for instance. */
  readonly socket?: Socket;
}

export interface PublishOptions {
  readonly qos?: 0 | 1 | 2;
  readonly packetId?: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
  readonly version?: 4 | 5;
}

export interface ReceivedPacket {
  /** First byte. */
  readonly header: number;
  readonly body: Buffer;
}

export interface Connack {
  readonly sessionPresent: boolean;
  readonly code: number;
  readonly body: Buffer;
}

/** A control packet as bytes. */
export function packetOf(header: number, body: Buffer): Buffer {
  const head = [header];
  let length = body.length;
  do {
    head.push((length % 128) | (length > 127 ? 128 : 0));
    length = Math.floor(length / 128);
  } while (length > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

/** CONNECT. */
export function connectPacket(options: Omit<TestClientOptions, "port">): Buffer {
  const version = options.version ?? 4;
  let flags = (options.cleanStart ?? true) ? 0x02 : 0;
  if (options.username !== undefined) flags |= 0x80;
  if (options.password !== undefined) flags |= 0x40;
  const keepAlive = options.keepAliveSeconds ?? 0;
  const parts = [string("MQTT"), Buffer.from([version, flags, keepAlive >> 8, keepAlive & 0xff])];
  if (version === 5) {
    const expiry = Buffer.alloc(5, 0x11);
    expiry.writeUInt32BE(options.sessionExpirySeconds ?? 0, 1);
    parts.push(Buffer.from([5]), expiry);
  }
  parts.push(string(options.clientId ?? ""));
  if (options.username !== undefined) parts.push(string(options.username));
  if (options.password !== undefined) parts.push(string(options.password));
  return packetOf(0x10, Buffer.concat(parts));
}

/** PUBLISH, by default QoS 1 under packet id 1 in the form of 3.1.1. */
export function publishPacket(
  topic: string,
  payload: Buffer | string,
  options: PublishOptions = {},
): Buffer {
  const qos = options.qos ?? 1;
  const id = options.packetId ?? 1;
  let header = 0x30 | (qos << 1);
  if (options.retain === true) header |= 1;
  if (options.dup === true) header |= 8;
  const parts = [string(topic)];
  if (qos > 0) parts.push(Buffer.from([id >> 8, id & 0xff]));
  if (options.version === 5) parts.push(Buffer.from([0]));
  parts.push(Buffer.from(payload));
  return packetOf(header, Buffer.concat(parts));
}

export const PINGREQ_PACKET: Buffer = Buffer.from([0xc0, 0]);
const DISCONNECT_PACKET: Buffer = Buffer.from([0xe0, 0]);

/** One connection. Construct with `TestClient.connect` (waits for CONNACK) or `TestClient.open` (only TCP). */
export class TestClient {
  readonly socket: Socket;
  readonly version: 4 | 5;
  /** Packet ids in the order of their PUBACKs. */
  readonly pubacks: number[] = [];
  /** Packets of other kinds: SUBACK, UNSUBACK. */
  readonly others: ReceivedPacket[] = [];
  pingresps = 0;
  /** Reason code of a DISCONNECT from the server. */
  disconnectCode: number | undefined;
  connack: Connack | undefined;
  /** Resolves when the connection has ended, from whichever side. */
  readonly closed: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);
  #packetId = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket, version: 4 | 5) {
    this.socket = socket;
    this.version = version;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        resolve();
        this.#wake();
      });
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  /** A CONNACK has come. */
  get answered(): boolean {
    return this.connack !== undefined;
  }

  /** TCP only; send what you like. */
  static async open(options: TestClientOptions): Promise<TestClient> {
    const host = options.host ?? "127.0.0.1";
    const socket = options.socket ?? connect({ host, port: options.port, noDelay: true });
    if (socket.connecting) await once(socket, "connect");
    return new TestClient(socket, options.version ?? 4);
  }

  /** Connected and answered, whatever the answer (`connack`). Rejects when the connection ends without one. */
  static async connect(options: TestClientOptions): Promise<TestClient> {
    const client = await TestClient.open(options);
    client.send(connectPacket(options));
    await client.until(() => client.connack !== undefined);
    return client;
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** Sends a QoS 1 PUBLISH under the next packet id, which it returns; the PUBACK shows up in `pubacks`. */
  post(topic: string, payload: Buffer | string, options: PublishOptions = {}): number {
    this.#packetId = options.packetId ?? (this.#packetId % 65_535) + 1;
    const { version } = this;
    this.send(publishPacket(topic, payload, { version, ...options, packetId: this.#packetId }));
    return this.#packetId;
  }

  /** `post`, then waits for the PUBACK. */
  async publish(
    topic: string,
    payload: Buffer | string,
    options: PublishOptions = {},
  ): Promise<void> {
    const id = this.post(topic, payload, options);
    await this.until(() => this.pubacks.includes(id));
  }

  /** A PINGREQ and its PINGRESP: everything sent before it has been read. */
  async ping(): Promise<void> {
    const before = this.pingresps;
    this.send(PINGREQ_PACKET);
    await this.until(() => this.pingresps > before);
  }

  /** Resolves once `condition` holds, looked at after every packet; rejects when the connection ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.socket.destroyed) throw new Error("the connection ended");
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** DISCONNECT and wait for the end. */
  async end(): Promise<void> {
    this.socket.end(DISCONNECT_PACKET);
    await this.closed;
  }

  /** Cuts the connection without DISCONNECT. */
  async cut(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #read(bytes: Buffer): void {
    let data = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const packet = first(data);
      if (packet === undefined) break;
      data = data.subarray(packet.size);
      this.#take(packet);
    }
    this.#rest = data;
    this.#wake();
  }

  #take({ header, body }: ReceivedPacket): void {
    if (header === 0x20) {
      this.connack = {
        sessionPresent: body[0] === 1,
        code: body[1] ?? -1,
        body: Buffer.from(body),
      };
    } else if (header === 0x40) this.pubacks.push(body.readUInt16BE(0));
    else if (header === 0xd0) this.pingresps++;
    else if (header === 0xe0) this.disconnectCode = body[0] ?? 0;
    else this.others.push({ header, body: Buffer.from(body) });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}

function first(data: Buffer): (ReceivedPacket & { readonly size: number }) | undefined {
  let length = 0;
  for (let i = 1; i < data.length && i <= 4; i++) {
    const byte = data[i] ?? 0;
    length += (byte & 127) * 128 ** (i - 1);
    if (byte >= 128) continue;
    const size = i + 1 + length;
    if (data.length < size) return undefined;
    return { header: data[0] ?? 0, body: data.subarray(i + 1, size), size };
  }
  return undefined;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
