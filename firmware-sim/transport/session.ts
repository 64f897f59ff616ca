// The client half of an MQTT session: packet ids and the messages sent but not yet acknowledged, in the order
// they were first sent. No socket and no timer here. A message leaves only by its PUBACK.
// @see MQTT 5.0 §4.4 Message delivery retry

import { DUP_FLAG } from "./frames.ts";

const MAX_PACKET_ID = 65_535;

interface OpenMessage<T> {
  readonly frame: Buffer;
  readonly message: T;
}

/** Un-acknowledged QoS 1 messages of one client. Bounded by the window its owner keeps (≤ 65,535). */
export class ClientSession<T> {
  readonly #open = new Map<number, OpenMessage<T>>();
  #lastId = 0;

  /** How many messages await their PUBACK. */
  get open(): number {
    return this.#open.size;
  }

  /** The next free packet id. The caller keeps `open` below 65,535. */
  nextPacketId(): number {
    do this.#lastId = this.#lastId === MAX_PACKET_ID ? 1 : this.#lastId + 1;
    while (this.#open.has(this.#lastId));
    return this.#lastId;
  }

  /** Keeps `frame` until the PUBACK of `packetId`. */
  keep(packetId: number, frame: Buffer, message: T): void {
    this.#open.set(packetId, { frame, message });
  }

  /** The message that this PUBACK ends; undefined for a PUBACK nobody waits for. */
  acknowledge(packetId: number): T | undefined {
    const open = this.#open.get(packetId);
    this.#open.delete(packetId);
    return open?.message;
  }

  /**
   * Everything un-acknowledged, oldest first, to be sent again on a new connection: with DUP where the server
   * still has the session, as new messages (same ids) where it has lost it.
   */
  resend(sessionPresent: boolean): Buffer[] {
    return Array.from(this.#open.values(), ({ frame }) => {
      frame[0] = sessionPresent
        ? (frame[0] as number) | DUP_FLAG
        : (frame[0] as number) & ~DUP_FLAG;
      return frame;
    });
  }
}
