// BrokerStream: our side of a connection to a broker, as the stream that the MQTT library is given. PUBLISH packets are
// taken out of it before the library sees them: they go to the batcher, and their PUBACKs are written here, after the
// commit. The library keeps the rest: CONNECT, subscriptions, keep-alive.
//
//   socket ─▶ link ─▶ PUBLISH: batcher            library ─▶ socket
//                 └─▶ CONNACK, SUBACK, …: library
//
// The library judges the broker by its PINGRESP, which may stand behind megabytes of PUBLISH, or behind a pause of
// ours. So a PINGREQ counts as answered by whatever arrives next, and at once while we do not read: the library is
// given a PINGRESP, and the real one is swallowed. Silence while we do read still ends the connection.

import type { Socket } from "node:net";
import { Duplex } from "node:stream";

import { WRITE_BUFFER_BYTES } from "../core/limits.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import { CONNACK, DISCONNECT, packet, PINGRESP, PINGRESP_HEADER } from "./packets.ts";
import { type Fault, UNSUPPORTED_PROTOCOL_VERSION } from "./reason-codes.ts";

/** What happened on the connection, for whoever decides on the next one. */
export interface BrokerStreamEvents {
  /** CONNACK with success. Until `accept` on the link nothing more is taken. */
  onAccepted(sessionPresent: boolean): void;
  onFault(fault: Fault): void;
}

/** See the header. */
export class BrokerStream extends Duplex implements LinkOwner {
  readonly link: Link;
  /** Of the CONNACK, as of MQTT 5.0. */
  connackCode: number | undefined;
  /** Of the broker's DISCONNECT. */
  disconnectCode: number | undefined;
  readonly #socket: Socket;
  readonly #events: BrokerStreamEvents;
  readonly #version: 4 | 5;
  #pingOpen = false;
  #reading = true;
  /** PINGRESPs that the library was given ahead. */
  #swallow = 0;

  /** `open` starts the connection; what it reads goes to `onBytes`. */
  constructor(options: {
    readonly open: (onBytes: (bytes: Buffer, end: number) => void) => Socket;
    readonly version: 4 | 5;
    readonly events: BrokerStreamEvents;
    readonly link: Omit<LinkOptions, "owner" | "peer">;
  }) {
    super();
    this.#events = options.events;
    this.#version = options.version;
    this.link = new Link({ ...options.link, owner: this, peer: "broker" });
    this.#socket = options.open((bytes, end) => this.#receive(bytes, end));
    this.#socket.on("drain", () => this.link.setUnread(false));
    this.#socket.on("error", (error) => this.destroy(error));
    this.#socket.on("close", () => this.destroy());
  }

  /** The library has sent a PINGREQ. */
  pingSent(): void {
    this.#pingOpen = true;
    if (!this.#reading) process.nextTick(() => this.#answerPing());
  }

  onPacket(header: number, body: Buffer): void {
    if (header === PINGRESP_HEADER && this.#swallow > 0) {
      this.#swallow--;
      return;
    }
    if (header === PINGRESP_HEADER) this.#pingOpen = false;
    if (header === DISCONNECT) this.disconnectCode = body[0] ?? 0;
    if (header === CONNACK) this.#onConnack(body);
    this.push(packet(header, body));
  }

  onFault(fault: Fault): void {
    this.#events.onFault(fault);
    this.destroy();
  }

  onBatchLost(): void {
    this.destroy();
  }

  /** PUBACKs. A packet of the library is written in one go (see `_write`), so none gets into the middle of one. */
  send(packets: Uint8Array): void {
    this.#socket.write(packets);
    if (this.#socket.writableLength > WRITE_BUFFER_BYTES) this.link.setUnread(true);
  }

  setReading(reading: boolean): void {
    this.#reading = reading;
    if (reading) this.#socket.resume();
    else {
      this.#socket.pause();
      this.#answerPing();
    }
  }

  override _read(): void {
    // Control packets are few; they are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#socket.destroySoon();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.link.close();
    this.#socket.destroy();
    done(error);
  }

  #receive(bytes: Buffer, end: number): void {
    this.#answerPing();
    if (this.link.open) this.link.receive(bytes, end);
  }

  #answerPing(): void {
    if (!this.#pingOpen || this.destroyed) return;
    this.#pingOpen = false;
    this.#swallow++;
    this.push(PINGRESP);
  }

  #onConnack(body: Buffer): void {
    // A 3.1.1 broker answers a 5.0 CONNECT in its own, shorter form, with "unacceptable protocol version".
    const foreign = this.#version === 5 && body.length === 2;
    this.connackCode = foreign ? UNSUPPORTED_PROTOCOL_VERSION : (body[1] ?? 0);
    if (this.connackCode !== 0) return;
    this.link.hold();
    this.#events.onAccepted(body[0] === 1);
  }
}
