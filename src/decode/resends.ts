// Re-sends of messages without an identity: a publisher that lost our PUBACK sends the packet again with DUP=1 and
// the same packet id. Kept per client: packet id and payload hash of its newest messages, at most Receive Maximum
// of them, since a client cannot have more unacknowledged and acknowledgements leave in order. A session that began
// anew starts with an empty list: packet ids of an older one mean nothing.
//
// Bounded: RESEND_ENTRIES over all clients; beyond it the client heard longest ago is forgotten (counted). Part of
// the engine's durable state, so that our own kill -9 is covered.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import { RESEND_ENTRIES } from "../core/limits.ts";
import type { BatchClient } from "../core/message-batch.ts";

/** Words per entry: packet id, and the hash's two. */
const WORDS = 3;
const FIRST_ENTRIES = 8;

/** The newest messages of one client's session. */
export interface ClientRing {
  readonly session: number;
  words: Int32Array;
  capacity: number;
  /** Where the next entry goes; the newest stands before it. */
  next: number;
  used: number;
}

interface Hash {
  readonly high: number;
  readonly low: number;
}

export class Resends {
  evictedClients = 0;
  /** In the order in which clients were heard last. */
  readonly #clients = new Map<string, ClientRing>();
  readonly #perClient: number;
  #entries = 0;

  /** `receiveMaximum`: QoS 1 messages a client may have unacknowledged, at least 1. */
  constructor(receiveMaximum: number) {
    this.#perClient = Math.max(1, receiveMaximum);
  }

  /** The list of a client heard just now, for the calls below. Look it up once per batch. */
  client(client: BatchClient): ClientRing {
    const key = `${client.source}\u0000${client.clientId}`;
    let ring = this.#clients.get(key);
    if (ring !== undefined) {
      // Deleted and set again: the map's order is the order of use.
      this.#clients.delete(key);
      if (ring.session !== client.session) {
        this.#entries -= ring.capacity;
        ring = undefined;
      }
    }
    if (ring === undefined) {
      ring = newRing(client.session, Math.min(FIRST_ENTRIES, this.#perClient));
      this.#entries += ring.capacity;
    }
    this.#clients.set(key, ring);
    this.#evict();
    return ring;
  }

  /** Whether this client's newest message with that packet id had these bytes. */
  has(ring: ClientRing, packetId: number, hash: Hash): boolean {
    const { words, capacity } = ring;
    for (let back = 1; back <= ring.used; back++) {
      const at = ((ring.next - back + capacity) % capacity) * WORDS;
      if (words[at] === packetId) return words[at + 1] === hash.high && words[at + 2] === hash.low;
    }
    return false;
  }

  /** Notes a message that is processed. */
  add(ring: ClientRing, packetId: number, hash: Hash): void {
    if (ring.used === ring.capacity && ring.capacity < this.#perClient) this.#grow(ring);
    const at = ring.next * WORDS;
    ring.words[at] = packetId;
    ring.words[at + 1] = hash.high;
    ring.words[at + 2] = hash.low;
    ring.next = (ring.next + 1) % ring.capacity;
    if (ring.used < ring.capacity) ring.used++;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.evictedClients);
    writer.varint(this.#clients.size);
    for (const [key, ring] of this.#clients) {
      writer.text(key);
      writer.varint(ring.session);
      writer.varint(ring.capacity);
      writer.varint(ring.used);
      for (let back = ring.used; back >= 1; back--) {
        const at = ((ring.next - back + ring.capacity) % ring.capacity) * WORDS;
        for (let w = 0; w < WORDS; w++) writer.zigzag(ring.words[at + w] as number);
      }
    }
  }

  read(reader: ByteReader): void {
    this.evictedClients = reader.varint();
    for (let clients = reader.varint(); clients > 0; clients--) {
      const key = reader.text();
      const ring = newRing(reader.varint(), reader.varint());
      ring.used = reader.varint();
      ring.next = ring.used % ring.capacity;
      for (let i = 0; i < ring.used * WORDS; i++) ring.words[i] = reader.zigzag();
      this.#entries += ring.capacity;
      this.#clients.set(key, ring);
    }
  }

  /** Only a full ring grows: its oldest entry stands at `next`. */
  #grow(ring: ClientRing): void {
    const capacity = Math.min(ring.capacity * 2, this.#perClient);
    const words = new Int32Array(capacity * WORDS);
    const oldest = ring.words.subarray(ring.next * WORDS);
    words.set(oldest);
    words.set(ring.words.subarray(0, ring.next * WORDS), oldest.length);
    this.#entries += capacity - ring.capacity;
    ring.words = words;
    ring.next = ring.capacity;
    ring.capacity = capacity;
    this.#evict();
  }

  #evict(): void {
    while (this.#entries > RESEND_ENTRIES) {
      const [key, ring] = this.#clients.entries().next().value as [string, ClientRing];
      this.#clients.delete(key);
      this.#entries -= ring.capacity;
      this.evictedClients++;
    }
  }
}

function newRing(session: number, capacity: number): ClientRing {
  return { session, words: new Int32Array(capacity * WORDS), capacity, next: 0, used: 0 };
}
