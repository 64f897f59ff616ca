// A publisher as MQTT has them: keeps what is not acknowledged and sends it again when it is connected again, under the
// same packet id with DUP in a session that goes on, as new messages in a session that began anew. It notes what was
// acknowledged to it: that is what must not be lost.

import type { Draw } from "../faults/draw.ts";
import { connectPacket, publishPacket } from "../kit/mqtt-client.ts";
import { IDENTIFIED, PLAIN } from "./script.ts";
import { EPOCH_MS, type VirtualTime } from "./virtual-time.ts";
import { Wire } from "./wire.ts";

/** What a device tells of: once, whatever it sends again. */
export interface Fact {
  readonly device: string;
  readonly seq: number;
  /** Event time. */
  readonly ts: number;
  readonly v: number;
  acknowledged: boolean;
  /** It went out again under a session that began anew: without an identity nobody can tell. */
  mayDouble: boolean;
}

export interface DeviceOptions {
  readonly name: string;
  /** Its rows carry key and sequence number. */
  readonly hasIdentity: boolean;
  readonly version: 4 | 5;
  /** Messages without PUBACK at most. */
  readonly inFlight: number;
  readonly time: VirtualTime;
  /** Its session should have been there. */
  readonly onForgotten: (name: string) => void;
  /** Gives false when nobody listens. */
  readonly dial: (wire: Wire) => boolean;
}

const RECONNECT_MS = 150;
const CONNACK = 0x20;
const PUBACK = 0x40;
const EXPIRY_SECONDS = 3600;

export class Device {
  readonly facts: Fact[] = [];
  readonly #options: DeviceOptions;
  /** By packet id, in the order of their first sending. */
  readonly #unacknowledged = new Map<number, Fact>();
  readonly #queue: Fact[] = [];
  #wire: Wire | undefined;
  #isConnected = false;
  #cleanStart = false;
  /** As its last CONNECT had it. */
  #wasCleanStart = false;
  /** Its last connection has left a session behind that never expires. */
  #hasSession = false;
  #packetId = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get isSettled(): boolean {
    return this.#isConnected && this.#unacknowledged.size === 0 && this.#queue.length === 0;
  }

  connect(): void {
    const { name, version, time, dial } = this.#options;
    const wire = new Wire(time, {
      onBytes: (bytes) => this.#onBytes(wire, bytes),
      onClosed: () => this.#onClosed(wire),
    });
    this.#wire = wire;
    this.#isConnected = false;
    this.#rest = Buffer.alloc(0);
    if (!dial(wire)) {
      wire.open = false;
      time.after(RECONNECT_MS, () => this.#again(wire));
      return;
    }
    const cleanStart = this.#cleanStart;
    this.#wasCleanStart = cleanStart;
    // Whether or not the answer comes.
    if (cleanStart) {
      this.#hasSession = false;
      this.#sessionEnded();
    }
    const sessionExpirySeconds = EXPIRY_SECONDS;
    wire.send(connectPacket({ clientId: name, version, cleanStart, sessionExpirySeconds }));
  }

  publish(seq: number, ts: number, v: number): void {
    const fact = { device: this.name, seq, ts: EPOCH_MS + ts, v };
    const full = { ...fact, acknowledged: false, mayDouble: false };
    this.facts.push(full);
    this.#queue.push(full);
    this.#send();
  }

  /** Sends facts again that it has sent before: a device that is not sure. */
  again(count: number): void {
    if (!this.#options.hasIdentity) return;
    this.#queue.push(...this.facts.slice(-count));
    this.#send();
  }

  /** The link breaks; it connects again after a while. */
  cut(): void {
    this.#wire?.cut();
  }

  /** A second connection of the same client, while the first still stands. */
  takeOver(): void {
    this.connect();
  }

  /** From its next connection on its sessions begin anew, or go on. */
  setCleanStart(isClean: boolean): void {
    this.#cleanStart = isClean;
  }

  #onClosed(wire: Wire): void {
    if (wire !== this.#wire) return;
    this.#isConnected = false;
    this.#options.time.after(RECONNECT_MS, () => this.#again(wire));
  }

  #again(wire: Wire): void {
    if (wire === this.#wire) this.connect();
  }

  #onBytes(wire: Wire, bytes: Buffer): void {
    if (wire !== this.#wire) return;
    let rest = Buffer.concat([this.#rest, bytes]);
    // Every packet of these is shorter than 128 bytes.
    while (rest.length >= 2 && rest.length >= 2 + rest[1]!) {
      this.#onPacket(rest[0]!, rest.subarray(2, 2 + rest[1]!));
      rest = rest.subarray(2 + rest[1]!);
    }
    this.#rest = rest;
  }

  #onPacket(header: number, body: Buffer): void {
    if (header === CONNACK) {
      this.#isConnected = true;
      const isPresent = (body[0]! & 1) === 1;
      const { name, version, onForgotten } = this.#options;
      if (this.#hasSession && !isPresent) onForgotten(name);
      this.#hasSession = !this.#wasCleanStart && version === 4;
      this.#resend(isPresent);
      this.#send();
    } else if (header === PUBACK) {
      const id = body.readUInt16BE(0);
      const fact = this.#unacknowledged.get(id);
      if (fact !== undefined) fact.acknowledged = true;
      this.#unacknowledged.delete(id);
      this.#send();
    }
  }

  /** What was not acknowledged comes first. */
  #resend(isPresent: boolean): void {
    const open = [...this.#unacknowledged];
    if (isPresent) {
      for (const [id, fact] of open) this.#write(id, fact, true);
      return;
    }
    this.#sessionEnded();
    this.#unacknowledged.clear();
    this.#queue.unshift(...open.map(([, fact]) => fact));
  }

  /** Nobody knows again what was under way in it. */
  #sessionEnded(): void {
    for (const fact of this.#unacknowledged.values()) fact.mayDouble = true;
  }

  #send(): void {
    if (!this.#isConnected) return;
    while (this.#queue.length > 0 && this.#unacknowledged.size < this.#options.inFlight) {
      do this.#packetId = (this.#packetId % 0xffff) + 1;
      while (this.#unacknowledged.has(this.#packetId));
      const fact = this.#queue.shift()!;
      this.#unacknowledged.set(this.#packetId, fact);
      this.#write(this.#packetId, fact, false);
    }
  }

  #write(packetId: number, { seq, ts, v }: Fact, dup: boolean): void {
    const { name, hasIdentity, version } = this.#options;
    const topic = `${hasIdentity ? "readings" : "plain"}/${name}`;
    const payload = JSON.stringify({ device: name, seq, ts, v });
    this.#wire?.send(publishPacket(topic, payload, { packetId, dup, version }));
  }
}

/** What all devices have in common. */
export type DeviceWorld = Pick<DeviceOptions, "time" | "onForgotten" | "dial"> & {
  readonly receiveMaximum: number;
};

/** Every device of a history. */
export function drawDevices(draw: Draw, { receiveMaximum, ...world }: DeviceWorld): Device[] {
  return [...IDENTIFIED, ...PLAIN].map(
    (name) =>
      new Device({
        ...world,
        name,
        hasIdentity: IDENTIFIED.some((identified) => identified === name),
        version: draw.pick([4, 5]),
        inFlight: draw.pick([1, 5, receiveMaximum]),
      }),
  );
}
