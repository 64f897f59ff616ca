// From the card to a running pipeline: the newest whole checkpoint, then the journal after it, run without
// emitting (its outputs were committed with its entries). Every replayed entry's output is compared with the
// digest stored beside it. Last, the configuration of this start is put in force: what is unchanged keeps its state.

import { serialize } from "node:v8";

import type { Logger } from "../core/log.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { Store } from "../store/store.ts";
import type { CarefulStart } from "./careful.ts";
import type { EngineConfig } from "./config.ts";
import {
  inForceFrom,
  isSameConfig,
  joined,
  untoldGaps,
  suspend,
  withoutSuspension,
} from "./config-entry.ts";
import type { InForce, Joining } from "./config-entry.ts";
import { Pipeline } from "./pipeline.ts";
import type { FindDeadly } from "./trial.ts";
import type { PipelineState } from "./pipeline.ts";
import type { RuleFailure } from "./rule-failure.ts";
import { Replay } from "./replay.ts";
import type { CheckpointState, Notice, ReplayFailure } from "./replay.ts";

export interface Recovered {
  readonly pipeline: Pipeline;
  readonly inForce: InForce;
  /** The configuration of this start differs from what the journal had in force. */
  readonly changed: boolean;
  /** Journal entries run again. */
  readonly replayed: number;
  /** Entries of this engine version whose output differed: a bug of ours. */
  readonly digestMismatches: number;
  readonly engineTimeMs: number;
  /** What an operator should hear of. */
  readonly notices: readonly Notice[];
}

export interface RecoveryOptions {
  readonly config: EngineConfig;
  readonly host: { readonly log: Logger; readonly findDeadly: FindDeadly };
  readonly store: Store;
  readonly careful: CarefulStart;
  /** The reader of live batches. Replay has its own: topic numbers mean something else there. */
  readonly reader: MessageReader;
}

export class Recovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Rebuilds from the card and puts this start's configuration in force. */
  recover(): Recovered {
    const replay = this.#replay();
    const inForce = inForceFrom(this.#options.config, replay.inForce.suspended);
    const { replayed, digestMismatches, engineTimeMs } = replay;
    const gaps = untoldGaps(replay.inForce, inForce).map((text): Notice => {
      return { kind: "rule_gap", text };
    });
    for (const { text } of gaps) this.#options.host.log.error("a rule has missed rows", { text });
    return {
      pipeline: this.#build(inForce, replay.pipeline.snapshot()),
      inForce,
      changed: replay.hasLeftOut || !isSameConfig(replay.inForce, inForce),
      replayed,
      digestMismatches,
      engineTimeMs,
      notices: [...replay.notices, ...gaps],
    };
  }

  /** The same state with the rule suspended that failed at what comes next, at `timeMs`. */
  withoutRule(state: Recovered, failure: RuleFailure, timeMs: number): Recovered {
    if (state.inForce.suspended.has(failure.rule)) return state; // it has failed in the replay, too
    const { last } = this.#options.store.journalRange;
    const where = { sequence: last, emitted: last, timeMs };
    const pipeline = state.pipeline.snapshot();
    const inForce = suspend(state.inForce, failure, { state: pipeline, where });
    return { ...state, inForce, pipeline: this.#build(inForce, pipeline) };
  }

  /** The same state with a rule that has caught up. */
  withRule(state: Recovered, rule: string, joining: Joining): Recovered {
    const inForce = withoutSuspension(state.inForce, rule);
    const pipeline = this.#build(inForce, joined(state.pipeline.snapshot(), joining));
    return { ...state, inForce, pipeline };
  }

  encodeCheckpoint(state: Recovered, engineTimeMs: number): Uint8Array {
    const checkpoint: CheckpointState = {
      inForce: state.inForce,
      pipeline: state.pipeline.snapshot(),
      engineTimeMs,
    };
    return serialize(checkpoint);
  }

  /** A rule may fail in replay that did not fail before: from that entry on it is left out, in a pass from the start. */
  #replay(): Replay {
    const failures: ReplayFailure[] = [];
    for (;;) {
      const replay = new Replay(this.#options, failures);
      const failure = replay.run();
      if (failure === undefined) return replay;
      failures.push(failure);
    }
  }

  #build(inForce: InForce, state: PipelineState): Pipeline {
    const { config, reader } = this.#options;
    const { tap, told } = config;
    return new Pipeline({ ...inForce, reader, tap, ...(told && { told }) }, state);
  }
}
