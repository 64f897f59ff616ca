// One connection of the load generator: MQTT 3.1.1, QoS 1, frames written by hand into large buffers, one write per
// burst. A few hundred nanoseconds a message: the generator must not be what limits a gateway on the other core.
//   PUBLISH: 0x32, remaining length (1–2 bytes), topic (u16 length + text), packet id, JSON payload
//   payload: {"device":"d7","seq":12,"ts":1700000000000,"temperature":48.21,"vibration":2.05}

import net from "node:net";
import type { LatencyHistogram } from "./latency-histogram.ts";

export interface LoadConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  /** Un-acknowledged messages allowed, 1 to 60,000. */
  readonly window: number;
  /** Devices that send over this connection, in turn. */
  readonly devices: readonly string[];
  /** `{device}` stands for the device's name. */
  readonly topic: string;
  readonly firstSequence: number;
  readonly seed: number;
  readonly latency: LatencyHistogram;
  /** There is room in the window again. */
  readonly onRoom: () => void;
}

const BUFFER_BYTES = 256 * 1024;
/** Longest frame: topic and payload are far below this. */
const FRAME_BYTES = 512;
const PACKET_IDS = 65_536;

interface Device {
  readonly topic: Buffer;
  readonly head: string;
  sequence: number;
}

export class LoadConnection {
  sent = 0;
  acknowledged = 0;
  payloadBytes = 0;
  readonly #options: LoadConnectionOptions;
  readonly #devices: Device[];
  readonly #sentAtMs = new Float64Array(PACKET_IDS);
  #socket: net.Socket | undefined;
  #buffer: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #length = 0;
  #packetId = 0;
  #next = 0;
  #random: number;
  #rest: Buffer | undefined;
  #nowMs = 0;
  #wallMs = 0;

  constructor(options: LoadConnectionOptions) {
    this.#options = options;
    this.#random = options.seed | 1;
    this.#devices = options.devices.map((name) => ({
      topic: Buffer.from(options.topic.replace("{device}", name)),
      head: `{"device":"${name}","seq":`,
      sequence: options.firstSequence - 1,
    }));
  }

  get open(): number {
    return this.sent - this.acknowledged;
  }

  get hasRoom(): boolean {
    return this.open < this.#options.window && this.#socket?.writableNeedDrain === false;
  }

  /** Connects with a clean session. Rejects if refused; a link lost later ends the process, as a result would lie. */
  async connect(): Promise<void> {
    const { host, port, clientId } = this.#options;
    const socket = net.connect({ host, port, noDelay: true });
    this.#socket = socket;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const id = Buffer.from(clientId);
    const body = Buffer.concat([
      Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, id.length >> 8, id.length & 255]),
      id,
    ]);
    socket.write(Buffer.concat([Buffer.from([0x10, body.length]), body]));
    socket.once("data", (connack) => {
      if (connack[0] !== 0x20 || connack[3] !== 0) reject(new Error(`refused: ${connack[3]}`));
      socket.on("data", (chunk) => this.#read(chunk));
      resolve();
    });
    socket.on("drain", this.#options.onRoom);
    socket.on("error", reject);
    socket.on("close", () => {
      if (this.#socket !== undefined) throw new Error("the gateway closed the connection");
    });
    await promise;
  }

  /** Time stamps of the messages put from now on. Asking the clock for each one would cost more than its frame. */
  tick(): void {
    this.#nowMs = performance.now();
    this.#wallMs = Date.now();
  }

  /** Appends one message of the next device. The caller has looked at `hasRoom`. */
  put(): void {
    if (this.#length > BUFFER_BYTES - FRAME_BYTES) this.flush();
    const device = this.#devices[this.#next] as Device;
    this.#next = this.#next + 1 === this.#devices.length ? 0 : this.#next + 1;
    const { topic } = device;
    const random = this.#draw();
    const temperature = 2000 + (random & 0xfff);
    const vibration = (random >>> 12) & 0x1ff;
    device.sequence++;
    const payload = `${device.head}${device.sequence},"ts":${this.#wallMs},"temperature":${temperature / 100},"vibration":${vibration / 100}}`;
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = 0x32;
    const remaining = 4 + topic.length + payload.length;
    if (remaining > 127) buffer[at++] = (remaining & 127) | 128;
    buffer[at++] = remaining > 127 ? remaining >> 7 : remaining;
    buffer[at++] = topic.length >> 8;
    buffer[at++] = topic.length & 255;
    at += topic.copy(buffer, at);
    // Ids come round long after the window, so the one taken is free.
    this.#packetId = this.#packetId === PACKET_IDS - 1 ? 1 : this.#packetId + 1;
    this.#sentAtMs[this.#packetId] = this.#nowMs;
    buffer[at++] = this.#packetId >> 8;
    buffer[at++] = this.#packetId & 255;
    at += buffer.write(payload, at, "latin1");
    this.#length = at;
    this.sent++;
    this.payloadBytes += payload.length;
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#socket?.write(this.#buffer.subarray(0, this.#length));
    this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.#length = 0;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.end(Buffer.from([0xe0, 0]));
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    let at = 0;
    // Only short packets come back (PUBACK, PINGRESP): one length byte.
    for (; at + 2 <= bytes.length; at += 2 + (bytes[at + 1] as number)) {
      if (at + 2 + (bytes[at + 1] as number) > bytes.length) break;
      if ((bytes[at] as number) >> 4 !== 4) continue;
      const id = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      this.acknowledged++;
      this.#options.latency.record(nowMs - (this.#sentAtMs[id] as number));
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
    this.#options.onRoom();
  }

  /** xorshift32: the values only have to differ. */
  #draw(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return x >>> 0;
  }
}
