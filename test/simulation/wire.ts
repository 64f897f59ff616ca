// A TCP connection between a device and the gateway in virtual time. Bytes take a moment each way, in order; cutting it
// loses what is under way.

import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

import type { VirtualTime } from "./virtual-time.ts";

/** How long bytes are under way. */
const LATENCY_MS = 2;

/** The device's end. */
export interface WireEnd {
  onBytes(bytes: Buffer): void;
  onClosed(): void;
}

export class Wire {
  open = true;
  /** The gateway's end: all of a socket that its connection uses. */
  readonly socket: Socket;
  /** Set once the gateway has accepted it. */
  receive: (bytes: Buffer) => void = () => {};
  readonly #time: VirtualTime;
  readonly #device: WireEnd;
  readonly #socket = new EventEmitter();
  readonly #unread: Buffer[] = [];
  #isReading = true;

  constructor(time: VirtualTime, device: WireEnd) {
    this.#time = time;
    this.#device = device;
    const socket = {
      destroyed: false,
      writableLength: 0,
      remoteAddress: "192.0.2.1",
      write: (bytes: Uint8Array) => this.#answer(bytes),
      setKeepAlive: () => {},
      pause: () => void (this.#isReading = false),
      resume: () => this.#resume(),
      destroySoon: () => this.#close(LATENCY_MS),
      destroy: () => this.#close(0),
    };
    this.socket = Object.assign(this.#socket, socket) as unknown as Socket;
  }

  /** From the device. */
  send(bytes: Buffer): void {
    this.#time.after(LATENCY_MS, () => {
      if (!this.open) return;
      if (this.#isReading) this.receive(bytes);
      else this.#unread.push(bytes);
    });
  }

  /** The connection breaks; both ends notice. */
  cut(): void {
    this.#close(0);
  }

  #answer(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    this.#time.after(LATENCY_MS, () => {
      if (this.open) this.#device.onBytes(copy);
    });
  }

  #resume(): void {
    this.#isReading = true;
    this.#time.after(0, () => {
      while (this.open && this.#isReading && this.#unread.length > 0) {
        this.receive(this.#unread.shift()!);
      }
    });
  }

  #close(afterMs: number): void {
    this.#time.after(afterMs, () => {
      if (!this.open) return;
      this.open = false;
      Object.assign(this.socket, { destroyed: true });
      this.#socket.emit("close");
      this.#device.onClosed();
    });
  }
}
