// A trial: one message, run by a process of its own on a copy of the engine's state, to see whether it dies of it.
// What it answers is its exit code. It has no store and no network: nothing of it stays.

import { deserialize, serialize } from "node:v8";

import type { MessageBatch } from "../core/message-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { InForce } from "./config-entry.ts";
import { Pipeline, RuleFailure } from "./pipeline.ts";
import type { PipelineState } from "./pipeline.ts";

export interface Trial {
  readonly inForce: InForce;
  readonly state: PipelineState;
  readonly batch: MessageBatch;
}

/** How long a message may take before it counts as deadly. */
export const TRIAL_MS = 10_000;

export function encodeTrial(trial: Trial): Uint8Array {
  return serialize(trial);
}

/** Runs it. Throws, hangs or dies where the engine would; a rule that fails is no death. */
export function runTrial(bytes: Uint8Array): void {
  const { inForce, state, batch } = deserialize(bytes) as Trial;
  const reader = new MessageReader();
  const pipeline = new Pipeline({ ...inForce, reader, tap: false }, state);
  reader.load(batch);
  try {
    pipeline.run();
  } catch (error) {
    if (!(error instanceof RuleFailure)) throw error;
  }
}
