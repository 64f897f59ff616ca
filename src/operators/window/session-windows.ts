// SESSION windows. A row at t opens [t, t + gap); sessions of its key that this touches become one with it, at a
// distance of exactly the gap, too. Flink's order of things: a row first joins open sessions and is then judged, so a
// late row still counts in a session that is open, and never in one that has fired.
//
// Invariants
// - Sessions of a key neither overlap nor touch; all of them are open: a session is gone once it has fired.
// - A session fires once, when the watermark reaches its end - 1 ms; in order of ends, then of first arrival.
// - A key is held while it has a session.

import { assert } from "../../core/errors.ts";
import { KEYS_PER_OPERATOR } from "../../core/limits.ts";
import { takeUp } from "../../core/saved-state.ts";
import type { SavedState } from "../../core/saved-state.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { windowBucket } from "../../core/value/java-hash.ts";
import type { ZoneRules } from "../../core/value/zone.ts";
import type { Snapshot } from "../contract.ts";
import { fullError } from "../data-error.ts";
import type { ResultNode, ResultOutput } from "../node.ts";
import { Gate } from "./gate.ts";
import type { GateOptions, GateSnapshot, HeldGroups } from "./gate.ts";
import { KeyTable } from "./key-table.ts";
import { SessionHeap } from "./session-heap.ts";
import type { Session } from "./session-heap.ts";
import { instantsOf, overAt } from "./slices.ts";

/** What sessions gather, in slots that are used again. */
export interface SessionContents {
  /** Whose state the sessions with these contents are. */
  readonly state: SavedState;
  /** An empty slot. */
  take(): number;
  /** Gives a slot back. */
  leave(slot: number): void;
  /** Adds slot `from` to slot `into`. */
  merge(into: number, from: number): void;
  /** The result rows of a session. May throw DataError. */
  results(slot: number, session: FiredSession): readonly SqlValue[][];
  snapshot(): unknown;
  /** Takes a snapshot back, of whose slots only those in `used` are taken. */
  restore(state: unknown, used: ReadonlySet<number>): void;
  bytes(): number;
}

export interface FiredSession {
  readonly key: readonly SqlValue[];
  readonly startMs: number;
  readonly endMs: number;
}

export interface SessionWindowsOptions extends GateOptions {
  readonly gapMs: number;
  /** Whose clock the sessions go by; watermarks and event times are UTC. */
  readonly zone: ZoneRules;
  readonly keyTypes: readonly SqlType[];
  readonly contents: SessionContents;
  /** Sessions that it holds at most; by default as many as keys. */
  readonly maximum?: number;
}

interface SessionWindowsSnapshot extends SavedState {
  readonly gate: GateSnapshot;
  readonly sessions: readonly (Pick<Session, "device" | "startMs" | "endMs" | "slot"> & {
    readonly key: readonly SqlValue[];
  })[];
  readonly contents: unknown;
}

export class SessionWindows implements ResultNode, HeldGroups {
  readonly gate: Gate;
  readonly gapMs: number;
  firing: { readonly startMs: number; readonly endMs: number } | undefined;
  readonly #options: SessionWindowsOptions;
  readonly #keys: KeyTable;
  readonly #byKey: Map<number, Session[]> = new Map();
  readonly #heaps: Map<number, SessionHeap> = new Map();
  #output: ResultOutput | undefined;
  readonly #maximum: number;
  #sessions = 0;
  #order = 0;

  constructor(options: SessionWindowsOptions, resume: Snapshot) {
    this.#options = options;
    this.gapMs = options.gapMs;
    this.#keys = new KeyTable(options.keyTypes);
    this.#maximum = options.maximum ?? KEYS_PER_OPERATOR;
    const state = takeUp<SessionWindowsSnapshot>(resume, options.contents.state);
    this.gate = new Gate(options, this, state?.gate);
    if (state !== undefined) this.#restore(state);
  }

  get timeMs(): number {
    return (this.firing?.endMs ?? Number.NaN) - 1;
  }

  /** Where results go. Set once, before any row. */
  connect(output: ResultOutput): void {
    this.#output = output;
  }

  /** The slot of the session that a row joins or opens; -1 if it is late. Data error beyond the bound. */
  slot(key: readonly SqlValue[], timeMs: number, watermark: number): number {
    const id = this.#keys.intern(key);
    const sessions = this.#byKey.get(id) ?? [];
    const { zone } = this.#options;
    const startMs = zone.local(timeMs);
    const endMs = startMs + this.gapMs;
    const touched = sessions.filter((each) => each.startMs <= endMs && each.endMs >= startMs);
    const [session, ...others] = inMergeOrder(touched, startMs);
    if (session === undefined) {
      const isLate = endMs - 1 <= zone.over(watermark);
      if (isLate || this.#sessions >= this.#maximum) {
        this.#keys.forget(id);
        if (isLate) return -1;
        fullError(`the operator holds ${this.#maximum} sessions already`);
      }
      return this.#open({ id, device: this.gate.device, startMs, endMs }).slot;
    }
    session.startMs = Math.min(session.startMs, startMs);
    session.endMs = Math.max(session.endMs, endMs);
    for (const other of others) {
      session.startMs = Math.min(session.startMs, other.startMs);
      session.endMs = Math.max(session.endMs, other.endMs);
      this.#options.contents.merge(session.slot, other.slot);
      this.#close(other);
    }
    return session.slot;
  }

  /** The end of the window that a late row has missed. */
  missedEnd(timeMs: number): number {
    const { zone } = this.#options;
    return overAt(zone.local(timeMs) + this.gapMs, zone);
  }

  get isEmpty(): boolean {
    return this.#sessions === 0;
  }

  get devices(): Iterable<number> {
    return this.#heaps.keys();
  }

  dueAt(device: number): number {
    const session = this.#heaps.get(device)?.first();
    return session === undefined ? Number.POSITIVE_INFINITY : this.#dueAtOf(session);
  }

  release(device: number, watermark: number, judge: number): void {
    const heap = this.#heaps.get(device);
    if (heap === undefined) return;
    const over = this.#options.zone.over(watermark);
    for (let session = heap.first(); session !== undefined; session = heap.first()) {
      if (session.endMs - 1 > over) break;
      this.#fire(session, judge);
    }
    if (heap.isEmpty) this.#heaps.delete(device);
  }

  forget(): void {}

  snapshot(): SessionWindowsSnapshot {
    const open = [...this.#byKey.values()].flat().sort((a, b) => a.order - b.order);
    const sessions = open.map(({ id, device, startMs, endMs, slot }) => ({
      key: this.#key(id),
      device,
      startMs,
      endMs,
      slot,
    }));
    const { contents } = this.#options;
    const gate = this.gate.snapshot();
    return { ...contents.state, gate, sessions, contents: contents.snapshot() };
  }

  stateBytes(): number {
    return this.#keys.size * 100 + this.#sessions * 100 + this.#options.contents.bytes();
  }

  #open(
    of: Pick<Session, "id" | "device" | "startMs" | "endMs">,
    slot = this.#options.contents.take(),
  ): Session {
    const session: Session = { ...of, slot, order: this.#order++, isOpen: true };
    const { id, device } = session;
    const sessions = this.#byKey.get(id);
    if (sessions === undefined) this.#byKey.set(id, [session]);
    else sessions.push(session);
    let heap = this.#heaps.get(device);
    if (heap === undefined) this.#heaps.set(device, (heap = new SessionHeap()));
    heap.push(session);
    this.#keys.retain(id);
    this.#sessions++;
    this.gate.opened(this.#dueAtOf(session));
    return session;
  }

  #dueAtOf({ endMs }: Session): number {
    return overAt(endMs, this.#options.zone) - 1;
  }

  /** Ends a session that has fired or gone into another one. */
  #close(session: Session): void {
    const { id, slot } = session;
    session.isOpen = false;
    this.#sessions--;
    this.#options.contents.leave(slot);
    const left = (this.#byKey.get(id) ?? []).filter((each) => each !== session);
    if (left.length > 0) this.#byKey.set(id, left);
    else this.#byKey.delete(id);
    this.#keys.release(Int32Array.of(id), 1);
  }

  #fire(session: Session, judge: number): void {
    const { id, startMs, endMs, slot } = session;
    assert(this.#output !== undefined, "a session fires into nothing");
    const key = this.#key(id);
    let rows: readonly SqlValue[][] = [];
    this.firing = instantsOf({ startMs, endMs }, this.#options.zone);
    try {
      rows = this.#options.contents.results(slot, { key, startMs, endMs });
    } catch (error) {
      this.#output.failed(error);
    }
    this.#close(session);
    for (const row of rows) this.#output.row(row, judge);
    this.firing = undefined;
  }

  #key(id: number): SqlValue[] {
    const key = this.#options.keyTypes.map((): SqlValue => null);
    this.#keys.read(id, key);
    return key;
  }

  #restore(state: SessionWindowsSnapshot): void {
    const used = new Set(state.sessions.map(({ slot }) => slot));
    this.#options.contents.restore(state.contents, used);
    for (const { key, device, startMs, endMs, slot } of state.sessions) {
      this.gate.device = device;
      this.#open({ id: this.#keys.intern(key), device, startMs, endMs }, slot);
    }
  }
}

/**
 * Which of two sessions that a row joins takes in the other is for Flink's HashSet to decide; it shows in LISTAGG and
 * ARRAY_AGG. The later session was put in first.
 */
function inMergeOrder(touched: readonly Session[], timeMs: number): readonly Session[] {
  if (touched.length < 2) return touched;
  const bucket = ({ startMs, endMs }: Session): number => windowBucket(startMs, endMs);
  const isLater = ({ startMs }: Session): number => (startMs >= timeMs ? 0 : 1);
  return touched.toSorted((a, b) => bucket(a) - bucket(b) || isLater(a) - isLater(b));
}
