// Re-sends by identity: a sender's key and a number it counts up. Per key the highest number and a bitmap of the
// last `window` numbers are kept, without any time limit; a number whose bit is set is the same fact again.
//
//   number n, highest h            what happens
//   n > h                          new; the bitmap moves up
//   h - window < n <= h            new if its bit is clear, else a duplicate
//   n <= h - window  (too old)     with DUP or an epoch: uncertain, policy `identity.uncertain`
//                                  else: the sender counts anew (reset), counted; a new bitmap begins
//   epoch above the known one      the sender counts anew; a new bitmap begins
//   epoch below the known one      judged by the previous epoch's bitmap, else uncertain
//
// After a new bitmap the previous one is kept until the new count has run for a window: re-sends and stragglers of
// the old count are still told apart. With `wraps` numbers are compared modulo: less than half a turn ahead is new.
// Without an epoch a reset of less than the window looks like re-sends and is dropped.
//
// Rows of one message that follow one another under the same number were sent together: the first one's judgement is
// that of all. Rows without key or sequence pass, counted. Deterministic; keys are bounded with counted eviction.

import { ByteReader, ByteWriter } from "../core/bytes.ts";
import { IDENTITY_KEYS } from "../core/limits.ts";
import { NULL, VALUE } from "../core/row-batch.ts";
import type { Column, RowBatch } from "../core/row-batch.ts";
import { takeUp } from "../core/saved-state.ts";
import { IdentityKeys } from "./identity-keys.ts";
import type { IdentityKey } from "./identity-keys.ts";
import { identitySettings } from "./identity-options.ts";
import type { IdentitySettings } from "./identity-options.ts";
import { SequenceWindows } from "./sequence-windows.ts";
import type { DecodeTable } from "./table.ts";

export interface IdentityStats {
  duplicates: number;
  /** Too old to tell; dropped or accepted by the policy. */
  uncertain: number;
  resets: number;
  /** Rows without a key or sequence number: they pass. */
  absent: number;
}

const STATE = { owner: "identity", version: 2 } as const;
/** Keys that come between two snapshots seldom need more than this. */
const SNAPSHOT_SLACK_BYTES = 4096;

/** The gate of one table. */
export class IdentityGate {
  readonly stats: IdentityStats = { duplicates: 0, uncertain: 0, resets: 0, absent: 0 };
  readonly #settings: IdentitySettings;
  readonly #keys: IdentityKeys;
  /** The count at work, and the one before it. */
  readonly #current: SequenceWindows;
  readonly #previous: SequenceWindows;
  /** What the next snapshot probably takes: growing towards megabytes would leave as much garbage. */
  #snapshotBytes = SNAPSHOT_SLACK_BYTES;

  constructor(settings: IdentitySettings, maximumKeys: number = IDENTITY_KEYS) {
    this.#settings = settings;
    this.#keys = new IdentityKeys(maximumKeys);
    this.#current = new SequenceWindows(settings.window);
    this.#previous = new SequenceWindows(settings.window);
  }

  /** Keys forgotten because of the bound. */
  get evictions(): number {
    return this.#keys.evictions;
  }

  /** Numbers that senders have left out, and not sent since: gaps, but for those that a new count hides. */
  get missing(): number {
    return this.#current.missing + this.#previous.missing;
  }

  /** Sets `skip` for rows of the range that were seen before. Computed identity columns must have been filled. */
  apply(
    batch: RowBatch,
    messages: { dup(message: number): boolean },
    { from, to }: { readonly from: number; readonly to: number } = { from: 0, to: batch.count },
  ): void {
    const { key, sequence, epoch } = this.#settings;
    const keyColumn = batch.columns[key];
    const sequenceColumn = batch.columns[sequence];
    const epochColumn = epoch === undefined ? undefined : batch.columns[epoch];
    if (keyColumn === undefined || sequenceColumn?.layout !== "number") return;
    let last: Judged | undefined;
    for (let row = from; row < to; row++) {
      if (batch.skip[row] === 1) continue;
      const name = keyOf(keyColumn, row);
      // Numbers beyond 2^53 are no counters: they pass as if there were none.
      if (name === undefined || sequenceColumn.state[row] !== VALUE) {
        this.stats.absent++;
        continue;
      }
      let generation = 0;
      if (epochColumn?.layout === "number") {
        if (epochColumn.state[row] !== VALUE) {
          this.stats.absent++;
          continue;
        }
        generation = epochColumn.values[row] as number;
      }
      const number = sequenceColumn.values[row] as number;
      const message = batch.origin[row] as number;
      if (
        last === undefined ||
        message !== last.message ||
        !isSame(last, name, number, generation)
      ) {
        const drop = this.#judge(name, number, { generation, message, messages });
        // Only a message with several rows is worth remembering.
        const hasMore = row + 1 < to && batch.origin[row + 1] === message;
        last = hasMore ? { message, name, number, generation, drop } : undefined;
        if (drop) batch.skip[row] = 1;
      } else if (last.drop) batch.skip[row] = 1;
    }
  }

  /** The durable state, self-contained. */
  snapshot(): Uint8Array {
    const writer = new ByteWriter(this.#snapshotBytes);
    writer.byte(STATE.version);
    this.#keys.write(writer);
    this.#current.write(writer, this.#keys.size);
    this.#previous.write(writer, this.#keys.size);
    const { duplicates, uncertain, resets, absent } = this.stats;
    for (const value of [duplicates, uncertain, resets, absent]) writer.varint(value);
    writer.float64(this.missing);
    this.#snapshotBytes = writer.pos + SNAPSHOT_SLACK_BYTES;
    return writer.take();
  }

  /** Takes over a snapshot of a gate with the same settings. Call it before the first batch. */
  resume(snapshot: Uint8Array): void {
    const reader = new ByteReader(snapshot);
    takeUp({ ...STATE, version: reader.byte() }, STATE);
    this.#keys.read(reader);
    this.#current.read(reader, this.#keys.size);
    this.#previous.read(reader, this.#keys.size);
    this.stats.duplicates = reader.varint();
    this.stats.uncertain = reader.varint();
    this.stats.resets = reader.varint();
    this.stats.absent = reader.varint();
    this.#current.missing = reader.float64();
  }

  /** Whether the row is to be dropped. */
  #judge(
    key: IdentityKey,
    number: number,
    of: { generation: number; message: number; messages: { dup(message: number): boolean } },
  ): boolean {
    const current = this.#current;
    const previous = this.#previous;
    let slot = this.#keys.find(key);
    if (slot < 0) {
      slot = this.#keys.add(key);
      previous.clear(slot);
      current.start(slot, number, of.generation);
      return false;
    }
    const generation = current.generation(slot);
    if (of.generation > generation) {
      previous.copy(slot, current);
      current.start(slot, number, of.generation);
      return false;
    }
    if (of.generation < generation) {
      if (!previous.active(slot) || previous.generation(slot) !== of.generation)
        return this.#uncertain();
      return this.#mark(previous, slot, this.#unwrap(previous, slot, number));
    }
    const unwrapped = this.#unwrap(current, slot, number);
    if (this.#settings.epoch === undefined && previous.active(slot)) {
      const old = this.#unwrap(previous, slot, number);
      // Further ahead of the new count than a sender can have in flight, and within the old one: a straggler of that.
      if (unwrapped > current.highest(slot) + this.#settings.window && previous.covers(slot, old)) {
        return this.#mark(previous, slot, old);
      }
      if (unwrapped > current.first(slot) + this.#settings.window) previous.clear(slot);
    }
    if (!current.tooOld(slot, unwrapped)) return this.#mark(current, slot, unwrapped);
    if (this.#settings.epoch !== undefined || of.messages.dup(of.message)) return this.#uncertain();
    this.stats.resets++;
    previous.copy(slot, current);
    current.start(slot, number, 0);
    return false;
  }

  #mark(windows: SequenceWindows, slot: number, number: number): boolean {
    if (windows.tooOld(slot, number)) return this.#uncertain();
    if (windows.mark(slot, number)) return false;
    this.stats.duplicates++;
    return true;
  }

  #uncertain(): boolean {
    this.stats.uncertain++;
    return this.#settings.uncertain === "drop";
  }

  /** The number as the sender would have counted it without wrapping, nearest to its highest. */
  #unwrap(windows: SequenceWindows, slot: number, number: number): number {
    const { wraps } = this.#settings;
    if (wraps === undefined) return number;
    const highest = windows.highest(slot);
    const ahead = (((number - highest) % wraps) + wraps) % wraps;
    return highest + (ahead < wraps / 2 ? ahead : ahead - wraps);
  }
}

/** The gate of a table with identity options; undefined without. Throws blame `config` for options that do not fit. */
export function createIdentityGate(
  table: DecodeTable,
  resume?: Uint8Array,
): IdentityGate | undefined {
  const settings = identitySettings(table);
  if (settings === undefined) return undefined;
  const gate = new IdentityGate(settings);
  if (resume !== undefined) gate.resume(resume);
  return gate;
}

/** The judgement of a row, for the rows of the same message behind it. */
interface Judged {
  readonly message: number;
  readonly name: IdentityKey;
  readonly number: number;
  readonly generation: number;
  readonly drop: boolean;
}

function isSame(last: Judged, name: IdentityKey, number: number, generation: number): boolean {
  return last.name === name && last.number === number && last.generation === generation;
}

function keyOf(column: Column, row: number): IdentityKey | undefined {
  if (column.layout === "number") {
    if (column.state[row] === NULL) return undefined;
    return column.state[row] === VALUE ? column.values[row] : column.wide.get(row);
  }
  const value = column.values[row];
  return value === null || typeof value === "object" ? undefined : value;
}
