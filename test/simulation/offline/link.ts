// One link of the load: a client of MQTT 3.1.1 that keeps what is not acknowledged and sends it again, as DUP, when it is
// connected again.

import { connectPacket } from "../../kit/mqtt-client.ts";
import type { VirtualTime } from "../virtual-time.ts";
import { Wire } from "../wire.ts";
import { LinkLoad } from "./load.ts";

interface Piece {
  readonly bytes: Buffer;
  readonly sentMs: number;
  readonly packets: number;
}

export interface LinkOptions {
  readonly link: number;
  readonly time: VirtualTime;
  /** False: nobody listens. */
  readonly dial: (wire: Wire) => boolean;
}

const PUBACK = 0x40;
const CONNACK = 0x20;
const PACKET_BYTES = 4;
const DUP = 0x08;
const RECONNECT_MS = 100;

export class Link {
  acknowledged = 0;
  /** From a reading to its PUBACK, since it was last set to 0. */
  slowestMs = 0;
  readonly problems: string[] = [];
  readonly #options: LinkOptions;
  readonly #load: LinkLoad;
  /** What is not acknowledged, oldest first, and how many packets of the oldest are. */
  readonly #open: Piece[] = [];
  #ofOldest = 0;
  #wire: Wire | undefined;
  #isConnected = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#load = new LinkLoad(options.link);
  }

  get isSettled(): boolean {
    return this.#isConnected && this.#open.length === 0;
  }

  connect(): void {
    const { link, time, dial } = this.#options;
    const wire = new Wire(time, {
      onBytes: (bytes) => this.#onBytes(wire, bytes),
      onClosed: () => this.#onClosed(wire),
    });
    this.#wire = wire;
    if (dial(wire)) wire.send(connectPacket({ clientId: `link-${link}`, cleanStart: false }));
    else time.after(RECONNECT_MS, () => this.connect());
  }

  /** Reading number `seq` of each of its devices. */
  send(seq: number): void {
    const bytes = Buffer.from(this.#load.publishes(seq));
    const sentMs = this.#options.time.monotonicMs();
    this.#open.push({ bytes, sentMs, packets: this.#load.devices.length });
    if (this.#isConnected) this.#wire?.send(bytes);
  }

  #onClosed(wire: Wire): void {
    if (wire !== this.#wire) return;
    this.#isConnected = false;
    this.#options.time.after(RECONNECT_MS, () => this.connect());
  }

  #onBytes(wire: Wire, bytes: Buffer): void {
    if (wire !== this.#wire) return;
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      if (bytes[at] === PUBACK) this.#onPuback();
      else if (bytes[at] === CONNACK) this.#onConnack();
      else this.problems.push(`an answer nobody expects: ${bytes.toString("hex", at, at + 4)}`);
    }
  }

  #onConnack(): void {
    this.#isConnected = true;
    this.#ofOldest = 0;
    for (const { bytes } of this.#open) this.#wire?.send(withDup(bytes));
  }

  /** PUBACKs come in the order of the packets. */
  #onPuback(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) {
      this.problems.push("a PUBACK for nothing");
      return;
    }
    this.acknowledged++;
    if (++this.#ofOldest < oldest.packets) return;
    this.#ofOldest = 0;
    this.#open.shift();
    const tookMs = this.#options.time.monotonicMs() - oldest.sentMs;
    this.slowestMs = Math.max(this.slowestMs, tookMs);
  }
}

/** A copy of some packets, each shorter than 128 bytes, marked as sent again. */
function withDup(packets: Buffer): Buffer {
  const bytes = Buffer.from(packets);
  for (let at = 0; at < bytes.length; at += 2 + (bytes[at + 1] as number))
    bytes[at] = (bytes[at] as number) | DUP;
  return bytes;
}
