// GROUP BY over SESSION windows. A row at t opens [t, t + gap); sessions of its key that this touches become one with
// it, at a distance of exactly the gap, too. Flink's order of things: a row first joins open sessions and is then
// judged, so a late row still counts in a session that is open, and never in one that has fired.
//
// Invariants
// - Sessions of a key neither overlap nor touch; all of them are open: a session is gone once it has fired.
// - A session fires once, when the watermark reaches its end - 1 ms; in order of ends, then of first arrival.
// - `fireAt` is never too high; it may be lower than needed, since the heap learns late that a session has grown.
// - A key is held while it has a session.

import { assert } from "../../core/errors.ts";
import { KEYS_PER_OPERATOR } from "../../core/limits.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import type { WindowProperty } from "../../sql/plan.ts";
import type { Aggregate } from "../aggregate/aggregate.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { Snapshot } from "../contract.ts";
import { dataError } from "../data-error.ts";
import type { ResultNode, Upstream } from "../node.ts";
import type { RowFunction } from "../pipeline/plan.ts";
import { Accumulators } from "./accumulators.ts";
import { KeyTable } from "./key-table.ts";
import { SessionHeap } from "./session-heap.ts";
import type { Session } from "./session-heap.ts";
import { boundOf } from "./slices.ts";

export interface SessionAggregateOptions {
  readonly gapMs: number;
  readonly keyTypes: readonly SqlType[];
  readonly aggregates: readonly Aggregate[];
  readonly properties: readonly WindowProperty[];
  readonly downstream: Upstream;
  /** True if something above reads CURRENT_WATERMARK: then no watermark may be left out. */
  readonly needsEveryWatermark: boolean;
}

interface SessionAggregateSnapshot {
  readonly version: 1;
  readonly watermark: number;
  readonly sessions: readonly (Pick<Session, "startMs" | "endMs" | "slot"> & {
    readonly key: readonly SqlValue[];
  })[];
  readonly accumulators: ReturnType<Accumulators["snapshot"]>;
}

export class SessionAggregate implements Upstream, ResultNode {
  readonly limit: number = Number.POSITIVE_INFINITY;
  readonly gapMs: number;
  readonly aggregates: readonly Aggregate[];
  readonly accumulators: Accumulators;
  fireAt: number = Number.POSITIVE_INFINITY;
  firing: { readonly startMs: number; readonly endMs: number } | undefined;
  readonly #options: SessionAggregateOptions;
  readonly #keys: KeyTable;
  readonly #byKey: Map<number, Session[]> = new Map();
  readonly #heap = new SessionHeap();
  #output: RowFunction | undefined;
  #watermark = NO_WATERMARK;
  #sessions = 0;
  #order = 0;

  constructor(options: SessionAggregateOptions, resume: Snapshot) {
    this.#options = options;
    this.gapMs = options.gapMs;
    this.aggregates = options.aggregates;
    this.accumulators = new Accumulators(options.aggregates);
    this.#keys = new KeyTable(options.keyTypes);
    if (resume !== undefined) this.#restore(resume as SessionAggregateSnapshot);
    this.#plan();
  }

  connect(output: RowFunction): void {
    this.#output = output;
  }

  /** The slot of the session that a row joins or opens; -1 if it is late. Data error beyond the bound. */
  slot(key: readonly SqlValue[], timeMs: number, watermark: number): number {
    const id = this.#keys.intern(key);
    const sessions = this.#byKey.get(id) ?? [];
    const endMs = timeMs + this.gapMs;
    const touched = sessions.filter((each) => each.startMs <= endMs && each.endMs >= timeMs);
    const [session, ...others] = touched;
    if (session === undefined) {
      const isLate = endMs - 1 <= watermark;
      if (isLate || this.#sessions >= KEYS_PER_OPERATOR) {
        if (sessions.length === 0) this.#forget(id);
        if (isLate) return -1;
        dataError(`the operator holds ${KEYS_PER_OPERATOR} sessions already`);
      }
      return this.#open(id, timeMs, endMs).slot;
    }
    session.startMs = Math.min(session.startMs, timeMs);
    session.endMs = Math.max(session.endMs, endMs);
    for (const other of others) {
      session.startMs = Math.min(session.startMs, other.startMs);
      session.endMs = Math.max(session.endMs, other.endMs);
      this.accumulators.merge(session.slot, other.slot);
      this.#close(other);
    }
    return session.slot;
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    while (this.#heap.firstEndMs - 1 <= watermark) {
      const { firstEndMs } = this.#heap;
      const session = this.#heap.pop();
      // An empty heap's first end, Infinity, is not beyond the watermark at the end of the input.
      if (session === undefined) break;
      if (!session.isOpen) continue;
      if (session.endMs > firstEndMs) this.#heap.push(session);
      else this.#fire(session);
    }
    this.#watermark = watermark;
    this.#options.downstream.advance(watermark);
    this.#plan();
  }

  snapshot(): SessionAggregateSnapshot {
    const open = [...this.#byKey.values()].flat().sort((a, b) => a.order - b.order);
    const sessions = open.map(({ id, startMs, endMs, slot }) => ({
      key: this.#key(id),
      startMs,
      endMs,
      slot,
    }));
    const accumulators = this.accumulators.snapshot();
    return { version: 1, watermark: this.#watermark, sessions, accumulators };
  }

  stateBytes(): number {
    return this.#keys.size * 100 + this.#sessions * 100 + this.accumulators.bytes();
  }

  #open(id: number, startMs: number, endMs: number, slot = this.accumulators.take()): Session {
    const session = { id, startMs, endMs, slot, order: this.#order++, isOpen: true };
    const sessions = this.#byKey.get(id);
    if (sessions === undefined) this.#byKey.set(id, [session]);
    else sessions.push(session);
    this.#keys.retain(id);
    this.#sessions++;
    this.#heap.push(session);
    this.fireAt = Math.min(this.fireAt, endMs - 1);
    return session;
  }

  /** Ends a session that has fired or gone into another one. */
  #close(session: Session): void {
    const { id, slot } = session;
    session.isOpen = false;
    this.#sessions--;
    this.accumulators.leave(slot);
    const left = (this.#byKey.get(id) ?? []).filter((each) => each !== session);
    if (left.length > 0) this.#byKey.set(id, left);
    else this.#byKey.delete(id);
    this.#keys.release(Int32Array.of(id), 1);
  }

  /** Lets go of a key that has been looked up and got no session. */
  #forget(id: number): void {
    this.#keys.retain(id);
    this.#keys.release(Int32Array.of(id), 1);
  }

  #fire(session: Session): void {
    const { id, startMs, endMs, slot } = session;
    assert(this.#output !== undefined, "a session fires into nothing");
    const bounds = this.#options.properties.map((each) => boundOf(each, startMs, endMs));
    const row = [...this.#key(id), ...this.accumulators.results(slot), ...bounds];
    this.#close(session);
    this.firing = { startMs, endMs };
    this.#output(row, this.#watermark);
    this.firing = undefined;
  }

  #key(id: number): SqlValue[] {
    const key = this.#options.keyTypes.map((): SqlValue => null);
    this.#keys.read(id, key);
    return key;
  }

  #plan(): void {
    this.fireAt = this.#options.needsEveryWatermark
      ? NO_WATERMARK
      : Math.min(this.#heap.firstEndMs - 1, this.#options.downstream.fireAt);
  }

  #restore(state: SessionAggregateSnapshot): void {
    assert(state.version === 1, `session state of version ${String(state.version)}`);
    this.#watermark = state.watermark;
    const used = new Set(state.sessions.map(({ slot }) => slot));
    this.accumulators.restore(state.accumulators, used);
    for (const { key, startMs, endMs, slot } of state.sessions) {
      this.#open(this.#keys.intern(key), startMs, endMs, slot);
    }
  }
}
