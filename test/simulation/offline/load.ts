// A thousand readings a second from a hundred devices over a few links: every reading a function of its device and its
// number, so that what must come of them can be computed when it is wanted, whatever their number.

import { publishPacket } from "../../kit/mqtt-client.ts";
import { EPOCH_MS } from "../virtual-time.ts";

export const DEVICES = 100;
export const LINKS = 4;
/** Between two readings of a device. */
export const PERIOD_MS = 100;
export const WINDOW_MS = 60_000;
const PER_WINDOW = WINDOW_MS / PERIOD_MS;
const PACKET_IDS = 0xffff;

/** What a window of a device must hold. */
export interface WindowContent {
  readonly n: number;
  readonly total: number;
  readonly most: number;
}

export function deviceName(device: number): string {
  return `d${String(device).padStart(2, "0")}`;
}

/** @throws RangeError if there is no such device. */
export function deviceNumber(name: string): number {
  const device = Number(name.slice(1));
  if (deviceName(device) !== name || device >= DEVICES) throw new RangeError(`no device ${name}`);
  return device;
}

/** Window `window` of a device, its first one being 0, if it has sent `readings` altogether. */
export function windowContent(device: number, window: number, readings: number): WindowContent {
  const from = window * PER_WINDOW;
  const to = Math.min(from + PER_WINDOW, readings);
  let total = 0;
  let most = -Infinity;
  for (let seq = from; seq < to; seq++) {
    const v = valueOf(device, seq);
    total += v;
    most = Math.max(most, v);
  }
  return { n: to - from, total, most };
}

/** Windows that `readings` of a device fall into. */
export function windowsOf(readings: number): number {
  return Math.ceil(readings / PER_WINDOW);
}

/** Publishes of the devices of one link, packet ids in turn from 1. */
export class LinkLoad {
  readonly devices: readonly number[];
  /** Ids given away, in their order; each once before one comes again. */
  lastPacketId = 0;
  readonly #heads: readonly Buffer[];
  #buffer: Buffer = Buffer.alloc(0);

  constructor(link: number) {
    this.devices = Array.from({ length: DEVICES }, (_, device) => device).filter(
      (device) => device % LINKS === link,
    );
    this.#heads = this.devices.map((device) => headOf(deviceName(device)));
  }

  /** Reading number `seq` of every device, as one piece; valid until the next call. */
  publishes(seq: number): Buffer {
    const ts = EPOCH_MS + seq * PERIOD_MS;
    const room = this.devices.length * 128;
    if (this.#buffer.length < room) this.#buffer = Buffer.alloc(room);
    const buffer = this.#buffer;
    let at = 0;
    for (const [index, device] of this.devices.entries()) {
      const head = this.#heads[index] as Buffer;
      const start = at;
      at += head.copy(buffer, at);
      this.lastPacketId = (this.lastPacketId % PACKET_IDS) + 1;
      at = buffer.writeUInt16BE(this.lastPacketId, at);
      const payload = `{"device":"${deviceName(device)}","seq":${seq},"ts":${ts},"v":${valueOf(device, seq)}}`;
      at += buffer.write(payload, at, "latin1");
      // One byte holds the length: every packet is shorter than 128 bytes.
      buffer[start + 1] = at - start - 2;
    }
    return buffer.subarray(0, at);
  }
}

/** A small whole number: sums are exact. */
function valueOf(device: number, seq: number): number {
  return (seq * 7 + (seq >>> 6) * 31 + device * 13) % 97;
}

/** A PUBLISH up to its packet id. */
function headOf(name: string): Buffer {
  const packet = publishPacket(`readings/${name}`, "", { version: 4 });
  return Buffer.from(packet.subarray(0, packet.length - 2));
}
