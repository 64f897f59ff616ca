// Is the disk a restored image? Then Kafka has rows that it has never held: of an incarnation it does not know, or with
// numbers beyond those it gave. What it derives from here on may have left before, and is judged by how far each rule
// had put out its rows (its frontier).
//
// Also true of a new data folder under an old gateway id, of a salvaged one, and of a copy of a card. Two live copies
// do not judge each other: what each has derived since it began is made of its own messages.

import type {
  AlarmsByRule,
  ForwardedAlarms,
  ForwardedMark,
  LostRows,
  Rollback,
} from "../core/forwarded.ts";
import { judgedName } from "../core/forwarded.ts";
import type { RuleTimes } from "../core/outbox-rows.ts";
import { LANES } from "../core/protocol.ts";
import type { Lane } from "../core/protocol.ts";
import type { Incarnation } from "../store/incarnations.ts";

/** What the disk knows of itself. */
export interface Disk {
  /** Oldest first. */
  readonly incarnations: readonly Incarnation[];
  /** How old its data was when it was opened, wall clock. */
  readonly afterMs: number;
  lastSequence(lane: Lane): number;
}

/**
 * As it is kept. `seen`: by `lane/incarnation`, the numbers beyond the disk that have been dealt with. `reissued`: the
 * disk's own numbers through which alarm events have been judged: what is left of them stands anew behind that.
 */
export interface RollbackRecord extends Rollback {
  readonly seen: Readonly<Record<string, number>>;
  readonly reissued: Readonly<Partial<Record<Lane, number>>>;
}

export interface FoundRollback {
  readonly record: RollbackRecord;
  /** Of the rules in the lost lanes; the record adds those of earlier rollbacks. */
  readonly frontiers: RuleTimes;
  /** Of the rules in the lost lanes, what left last. */
  readonly alarms: AlarmsByRule;
  /** Lanes in which rows were lost. */
  readonly lanes: ReadonlyMap<Lane, JudgedLane>;
}

/** The disk's numbers through which alarm events have been judged before, and through which Kafka has passed. */
export interface JudgedLane {
  readonly reissued: number;
  readonly passed: number;
}

/**
 * What is lost by `marks` (in the order in which they were written, none of a rival) and not in `before`; undefined for
 * nothing new. The record includes what `before` says.
 */
export function findRollback(
  marks: readonly ForwardedMark[],
  disk: Disk,
  before: RollbackRecord | undefined,
): FoundRollback | undefined {
  const seen = { ...before?.seen };
  const reissued = { ...before?.reissued };
  const lost: LostRows[] = [];
  const judged = new Set(before?.judged);
  let frontiers: RuleTimes = {};
  const alarms = new Map<string, ForwardedAlarms>();
  const lanes = new Map<Lane, JudgedLane>();
  let sinceMs = before?.sinceMs ?? Number.POSITIVE_INFINITY;
  for (const lane of LANES) {
    const ofLane = marks.filter((mark) => mark.lane === lane);
    const beyond = ofLane.filter((mark) => {
      return isBeyond(mark, disk) && mark.lastSequence > (seen[nameOf(mark)] ?? 0);
    });
    const newest = beyond.at(-1);
    if (newest === undefined) continue;
    for (const mark of beyond) {
      seen[nameOf(mark)] = mark.lastSequence;
      frontiers = latest(frontiers, mark.frontiers);
    }
    for (const [rule, of] of Object.entries(newest.alarms)) alarms.set(rule, of);
    const { derived, forked } = since(ofLane, disk);
    for (const { hex } of derived) judged.add(judgedName(lane, hex));
    if (forked !== undefined) judged.add(judgedName(lane, forked.incarnation));
    sinceMs = Math.min(sinceMs, derived[0]?.afterMs ?? disk.afterMs);
    const toSequence = Math.max(...beyond.map(({ lastSequence }) => lastSequence));
    const held = derived[0]?.starts[lane] ?? disk.lastSequence(lane);
    const passed = Math.min(held, forked?.lastSequence ?? held);
    lanes.set(lane, { reissued: reissued[lane] ?? 0, passed });
    reissued[lane] = disk.lastSequence(lane);
    lost.push({
      lane,
      fromSequence: Math.min(passed, toSequence) + 1,
      toSequence,
      untilMs: newest.timeMs,
    });
  }
  if (lost.length === 0) return undefined;
  const record = {
    lost,
    sinceMs,
    frontiers: latest(before?.frontiers ?? {}, frontiers),
    judged: [...judged],
    seen,
    reissued,
    isOver: false,
  };
  return { record, frontiers, alarms: Object.fromEntries(alarms), lanes };
}

/** For an operator: which lane, from where to where, since when. */
export function rollbackText({ lost, sinceMs }: Rollback): string {
  const rows = lost.map(({ lane, fromSequence, toSequence, untilMs }) => {
    // A salvaged disk may have forgotten whose its numbers were.
    const isBelow = fromSequence > toSequence;
    const numbers = isBelow ? `up to ${toSequence}` : `${fromSequence} to ${toSequence}`;
    return `lane ${lane} ${numbers} (the last at ${instant(untilMs)})`;
  });
  const age = sinceMs > 0 ? `ends at ${instant(sinceMs)}` : "is empty";
  return (
    `Kafka has rows that this disk has never held: ${rows.join(", ")}. The disk ${age}: a restored image? ` +
    "What was acknowledged after it and not forwarded is lost; nothing is sent twice, see headrace_rollback"
  );
}

function isBeyond(mark: ForwardedMark, disk: Disk): boolean {
  const { incarnations } = disk;
  const index = incarnations.findIndex(({ hex }) => hex === mark.incarnation);
  if (index < 0) return true;
  const end = incarnations[index + 1]?.starts[mark.lane] ?? disk.lastSequence(mark.lane);
  return mark.lastSequence > end;
}

/**
 * `derived`: the incarnations of the disk that Kafka has nothing of. Lanes leave in order, so they began after the image
 * was made. `forked`: the last that Kafka knows. For the same reason what the disk has of it beyond that was not on the
 * disk whose rows left after it: the image is of another branch (made before an older one was restored), and those rows
 * may have left under other numbers.
 */
function since(
  ofLane: readonly ForwardedMark[],
  { incarnations }: Disk,
): { readonly derived: Incarnation[]; readonly forked: ForwardedMark | undefined } {
  const marks = new Map(ofLane.map((mark) => [mark.incarnation, mark]));
  const known = incarnations.findLastIndex(({ hex }) => marks.has(hex));
  const derived = incarnations.slice(known + 1);
  return { derived, forked: marks.get(incarnations[known]?.hex ?? "") };
}

function latest(a: RuleTimes, b: RuleTimes): RuleTimes {
  const merged = new Map(Object.entries(a));
  for (const [rule, ms] of Object.entries(b)) {
    merged.set(rule, Math.max(ms, merged.get(rule) ?? Number.NEGATIVE_INFINITY));
  }
  return Object.fromEntries(merged);
}

function nameOf({ lane, incarnation }: ForwardedMark): string {
  return judgedName(lane, incarnation);
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
