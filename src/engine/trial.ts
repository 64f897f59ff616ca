// A trial: a message or journal entry, run by a process of its own on a copy of the engine's state, to see whether it dies
// of it. It has no store and no network: nothing of it stays. It says when it begins: a process that dies before, for
// want of memory perhaps, says nothing against the suspect.

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

/** Messages, or a whole entry. */
export type Suspect = { readonly kind: "message"; readonly batch: MessageBatch } | WholeEntry;

export interface Trial {
  readonly inForce: InForce;
  readonly state: PipelineState;
  readonly suspect: Suspect;
}

/** How long a suspect may take before it counts as deadly. */
const TRIAL_MS = 10_000;
const BEGUN = "begun\n";

export function encodeTrial(trial: Trial): Uint8Array {
  return serialize(trial);
}

/** Runs it. Throws, hangs or dies where the engine would; a rule that fails is no death. `begun`: tells that it begins. */
export function runTrial(bytes: Uint8Array, begun: () => void = sayBegun): void {
  const { inForce, state, suspect } = deserialize(bytes) as Trial;
  const reader = new MessageReader();
  const pipeline = new Pipeline({ ...inForce, reader, tap: false }, state);
  begun();
  try {
    if (suspect.kind !== "message") runWhole(pipeline, suspect);
    else {
      reader.load(suspect.batch);
      pipeline.run();
    }
  } catch (error) {
    if (!(error instanceof RuleFailure)) throw error;
  }
}

function sayBegun(): void {
  writeSync(1, BEGUN);
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

/** Whether `program`, given the trial on stdin, dies of it or hangs for `limitMs`. Blocks for as long as that takes. */
export function isDeadly(
  [command, ...args]: readonly [string, ...string[]],
  trial: Uint8Array,
  limitMs: number = TRIAL_MS,
): boolean {
  const { pid, status, stdout } = spawnSync(command, args, {
    input: trial,
    stdio: ["pipe", "pipe", "ignore"],
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  if (pid === 0) return false; // it could not be started
  return status !== 0 && stdout.toString().startsWith(BEGUN);
}
