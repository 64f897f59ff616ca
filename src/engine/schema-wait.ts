// Holds a batch until the schema registry has been asked for the schemas that its messages name and that the engine does
// not know. What it has told is in the journal before the batch is: from there on the batch has the same rows in every
// replay. Asked once a batch; whether the answer has all of them or not, the batch runs then, and a message without its
// schema is a dead letter.

import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import type { Engine } from "./engine.ts";

export class SchemaWait {
  readonly #engine: Engine;
  readonly #ask: (ids: readonly number[]) => void;
  /** The batch that the newest question was for. */
  #batch: MessageBatch | undefined;
  #isAsking = false;

  /** Every call of `ask` is answered by `answered`. */
  constructor(engine: Engine, ask: (ids: readonly number[]) => void) {
    this.#engine = engine;
    this.#ask = ask;
  }

  /** Whether the batch, the next to be run, has to wait for an answer. */
  delays(batch: MessageBatch): boolean {
    if (this.#batch === batch) return this.#isAsking;
    const ids = this.#engine.state.pipeline.schemasNeeded(batch);
    if (ids.length === 0) return false;
    this.#batch = batch;
    this.#isAsking = true;
    this.#ask(ids);
    return true;
  }

  answered(schemas: readonly SchemaOfId[]): void {
    this.#engine.uplinked((reconciler) => reconciler.learn(schemas));
    this.#isAsking = false;
  }
}
