// One device's MQTT connection: QoS 1 with a send window, kept through reconnects. A message handed to `publish`
// is owned until its PUBACK: it waits in the queue, then in the session, and is sent again with DUP after every
// reconnect. The queue is bounded as a device's memory is: when it is full the oldest unsent message is lost,
// and its owner is told.
//
//   idle ─open→ connecting ─CONNACK→ up ─close→ waiting ─back-off→ connecting …   any ─close()→ closed
//
// Ten thousand of these must be cheap: no timer of its own while up (the owner calls `keepAlive`).

import net from "node:net";
import {
  connectFrame,
  DISCONNECT_FRAME,
  FrameReader,
  type MqttVersion,
  PACKET,
  PINGREQ_FRAME,
  publishFrame,
  readConnack,
} from "./frames.ts";
import { ClientSession } from "./session.ts";

export interface ConnectionOptions<T> {
  readonly host: string;
  readonly port: number;
  readonly version: MqttVersion;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** Un-acknowledged messages allowed at once; the server's Receive Maximum lowers it. */
  readonly window: number;
  /** Messages kept while they cannot be sent. */
  readonly queueMessages: number;
  readonly keepAliveSeconds: number;
  /** Longest wait between two tries to connect; default 1 s. */
  readonly backOffMaxMs?: number | undefined;
  /** The fate of every message: exactly one of these, once. `refused` = a PUBACK with an error code. */
  readonly onFate: (message: T, fate: "acknowledged" | "refused" | "lost") => void;
  /** The state of the link changed (for scoreboards and waiting). */
  readonly onLink?: (up: boolean) => void;
}

/** What happened on a connection, counted from its start. */
export interface ConnectionStats {
  published: number;
  resent: number;
  acknowledged: number;
  strayAcknowledgements: number;
  connects: number;
  refusedConnects: number;
}

interface Queued<T> {
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  readonly dup: boolean;
  readonly message: T;
}

const BACK_OFF_FIRST_MS = 50;
const BACK_OFF_MAX_MS = 1000;

/** A persistent session (Clean Start 0) that reconnects until `close`. */
export class DeviceConnection<T> {
  readonly stats: ConnectionStats = {
    published: 0,
    resent: 0,
    acknowledged: 0,
    strayAcknowledgements: 0,
    connects: 0,
    refusedConnects: 0,
  };
  readonly #options: ConnectionOptions<T>;
  readonly #session = new ClientSession<T>();
  readonly #reader: FrameReader;
  #queue: Queued<T>[] = [];
  #socket: net.Socket | undefined;
  #up = false;
  #closed = false;
  #window: number;
  #backOffMs = BACK_OFF_FIRST_MS;
  #retry: NodeJS.Timeout | undefined;
  #written = true;

  constructor(options: ConnectionOptions<T>) {
    this.#options = options;
    this.#window = options.window;
    this.#reader = new FrameReader((type, body) => this.#frame(type, body));
  }

  get up(): boolean {
    return this.#up;
  }

  /** Messages not yet acknowledged: queued and sent. */
  get pending(): number {
    return this.#queue.length + this.#session.open;
  }

  /** Starts to connect; reconnects by itself from then on. */
  open(): void {
    const { host, port } = this.#options;
    const socket = net.connect({ host, port, noDelay: true });
    this.#socket = socket;
    this.#reader.reset();
    socket.on("connect", () =>
      socket.write(
        connectFrame({ ...this.#options, cleanStart: false, sessionExpirySeconds: 86_400 }),
      ),
    );
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#pump();
    });
    socket.on("drain", () => this.#pump());
    // Every error is followed by `close`, which is where the retry is decided.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#lost(socket));
  }

  /** Queues a message for sending. `dup` marks a re-send of something sent before. */
  publish(queued: Queued<T>): void {
    if (this.#queue.length >= this.#options.queueMessages) {
      const oldest = this.#queue.shift();
      if (oldest !== undefined) this.#options.onFate(oldest.message, "lost");
    }
    this.#queue.push(queued);
    this.#pump();
  }

  /** Called by the owner about every half keep-alive: sends a PINGREQ if nothing else was sent since. */
  keepAlive(): void {
    if (this.#up && !this.#written) this.#socket?.write(PINGREQ_FRAME);
    this.#written = false;
  }

  /** Breaks the link as a radio does; the connection comes back by itself. */
  breakLink(): void {
    this.#socket?.destroy();
  }

  /** Says DISCONNECT and ends. Messages not acknowledged stay without a fate. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    if (this.#up) this.#socket?.end(DISCONNECT_FRAME);
    else this.#socket?.destroy();
    this.#socket?.unref();
  }

  #frame(type: number, body: Uint8Array): void {
    if (type === PACKET.puback) this.#puback(body);
    else if (type === PACKET.connack) this.#connack(body);
    else if (type === PACKET.disconnect) this.#socket?.destroy();
  }

  #connack(body: Uint8Array): void {
    const connack = readConnack(body, this.#options.version);
    if (connack.code !== 0) {
      this.stats.refusedConnects++;
      this.#socket?.destroy();
      return;
    }
    this.stats.connects++;
    this.#up = true;
    this.#backOffMs = BACK_OFF_FIRST_MS;
    this.#window = Math.min(this.#options.window, connack.receiveMaximum);
    const again = this.#session.resend(connack.sessionPresent);
    this.stats.resent += again.length;
    if (again.length > 0) this.#socket?.write(Buffer.concat(again));
    this.#options.onLink?.(true);
  }

  #puback(body: Uint8Array): void {
    const message = this.#session.acknowledge(((body[0] ?? 0) << 8) | (body[1] ?? 0));
    if (message === undefined) {
      this.stats.strayAcknowledgements++;
      return;
    }
    this.stats.acknowledged++;
    this.#options.onFate(message, (body[2] ?? 0) < 0x80 ? "acknowledged" : "refused");
  }

  /** Sends what the window and the socket's buffer allow, in one write. */
  #pump(): void {
    const socket = this.#socket;
    if (!this.#up || socket === undefined || socket.writableNeedDrain) return;
    const room = Math.min(this.#window - this.#session.open, this.#queue.length);
    if (room <= 0) return;
    const frames = this.#queue.slice(0, room).map((queued) => this.#take(queued));
    this.#queue = this.#queue.slice(room);
    this.stats.published += room;
    this.#written = true;
    socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }

  #take(queued: Queued<T>): Buffer {
    const packetId = this.#session.nextPacketId();
    const { version } = this.#options;
    const frame = publishFrame({ ...queued, version, packetId });
    this.#session.keep(packetId, frame, queued.message);
    return frame;
  }

  #lost(socket: net.Socket): void {
    if (socket !== this.#socket) return;
    const wasUp = this.#up;
    this.#up = false;
    this.#socket = undefined;
    if (wasUp) this.#options.onLink?.(false);
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.open(), this.#backOffMs);
    const longestMs = this.#options.backOffMaxMs ?? BACK_OFF_MAX_MS;
    this.#backOffMs = Math.min(longestMs, this.#backOffMs * 2);
  }
}
