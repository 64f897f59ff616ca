// A trial: messages or a journal entry, run by a process of its own on a copy of the engine's state, to see whether it dies
// of one. It has no store and no network: nothing of it stays. It says which it begins: a process that dies before the
// first, for want of memory perhaps, says nothing against any.

import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";

import type { MessageBatch } from "../core/message-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { JournalEntry } from "../store/journal.ts";
import { decodeCommand } from "./command.ts";
import type { InForce } from "./config-entry.ts";
import { clockTrust } from "./engine-time.ts";
import { Pipeline } from "./pipeline.ts";
import { RuleFailure } from "./rule-failure.ts";
import type { PipelineState } from "./pipeline.ts";

/** A journal entry that is no batch. */
export type WholeEntry =
  | { readonly kind: "command"; readonly data: Uint8Array; readonly timeMs: number }
  | { readonly kind: "clock"; readonly engineTimeMs: number };

/** Messages, batch by batch, or a whole entry. */
export type Suspect =
  | { readonly kind: "messages"; readonly batches: readonly MessageBatch[] }
  | WholeEntry;

export interface Trial {
  readonly inForce: InForce;
  readonly state: PipelineState;
  readonly suspect: Suspect;
}

/** Finds the first batch (or 0: the whole entry) that a process which runs this encoded trial dies of; undefined: of none. */
export type FindDeadly = (trial: Uint8Array) => number | undefined;

/** How long a trial may take before what it is at counts as deadly. */
const TRIAL_MS = 10_000;

export function encodeTrial(trial: Trial): Uint8Array {
  return serialize(trial);
}

/** Runs it. Throws, hangs or dies where the engine would; a rule that fails is no death. `begins`: tells what is next. */
export function runTrial(bytes: Uint8Array, begins: (part: number) => void = sayPart): void {
  const { inForce, state, suspect } = deserialize(bytes) as Trial;
  const reader = new MessageReader();
  const pipeline = new Pipeline({ ...inForce, reader, tap: false }, state);
  try {
    if (suspect.kind !== "messages") {
      begins(0);
      runWhole(pipeline, suspect);
      return;
    }
    for (const [part, batch] of suspect.batches.entries()) {
      begins(part);
      reader.load(batch);
      pipeline.run();
    }
  } catch (error) {
    if (!(error instanceof RuleFailure)) throw error;
  }
}

function sayPart(part: number): void {
  writeSync(1, `${part}\n`);
}

/** Undefined for those that run nothing, and for messages. */
export function wholeEntry({
  kind,
  data,
  timeMs,
  engineTimeMs,
}: JournalEntry): WholeEntry | undefined {
  if (kind === "command") return { kind, data, timeMs };
  return kind === "clock" && clockTrust(data) === undefined ? { kind, engineTimeMs } : undefined;
}

export function runWhole(pipeline: Pipeline, entry: WholeEntry): void {
  if (entry.kind === "clock") pipeline.tick(entry.engineTimeMs);
  else pipeline.command(decodeCommand(entry.data), entry.timeMs);
}

/** What `program`, given the trial on stdin, dies of or hangs at for `limitMs`. Blocks for as long as that takes. */
export function findDeadly(
  [command, ...args]: readonly [string, ...string[]],
  trial: Uint8Array,
  limitMs: number = TRIAL_MS,
): number | undefined {
  const { pid, status, stdout } = spawnSync(command, args, {
    input: trial,
    stdio: ["pipe", "pipe", "ignore"],
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  if (pid === 0 || status === 0) return undefined; // it could not be started, or has survived
  const last = /(\d+)\n$/.exec(stdout.toString())?.[1];
  return last === undefined ? undefined : Number(last);
}
