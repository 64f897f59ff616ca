// Schemas by the ids that messages name, asked of the registry while a batch waits for them. The wait has a bound:
//
//   told              ─▶ the batch goes on; the engine keeps the schema for good
//   no such id        ─▶ not asked for again for REGISTRY_AGAIN_MS; its messages become dead letters
//   away              ─▶ asked again for REGISTRY_WAIT_MS; then the batch goes on without, an alarm is raised, and for
//                        REGISTRY_AGAIN_MS no batch waits
//
// A registry lives in a data centre, and a gateway without it must not stop: schemas that it knows already need no
// registry, and what comes meanwhile under a new one is a dead letter with its payload, not lost and not in the way.

import { setTimeout as sleep } from "node:timers/promises";

import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import {
  REGISTRY_AGAIN_MS,
  REGISTRY_WAIT_MS,
  SCHEMA_TEXT_BYTES,
  UNKNOWN_SCHEMAS,
  UPLINK_BACKOFF_MAX_MS,
  UPLINK_BACKOFF_MS,
} from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { FoundSchema } from "../uplink/schema-registry.ts";
import { Backoff } from "../uplink/wake.ts";

export interface SchemaLookupOptions {
  /** undefined: there is no such id. Rejects when the registry cannot be asked. */
  readonly ask: (id: number) => Promise<FoundSchema | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The registry cannot be asked, for this reason; undefined: it can again. */
  readonly onAway: (reason: string | undefined) => void;
  /** Between two attempts; default: a timer. */
  readonly pause?: (ms: number) => Promise<void>;
}

export class SchemaLookup {
  readonly #options: SchemaLookupOptions;
  /** Ids that gave no schema, with the monotonic time at which they are asked for again. */
  readonly #unknown = new Map<number, number>();
  /** Set while the registry is away: when it is asked again, monotonic. */
  #awayUntilMs: number | undefined;

  constructor(options: SchemaLookupOptions) {
    this.#options = options;
  }

  /** The schemas of these ids that can be had. Never rejects; see the header for how long it takes. */
  async find(ids: readonly number[]): Promise<readonly SchemaOfId[]> {
    const nowMs = this.#nowMs();
    const found: SchemaOfId[] = [];
    if (this.#awayUntilMs !== undefined && nowMs < this.#awayUntilMs) return found;
    // One that was away gets one attempt: no batch waits long a second time.
    const untilMs = this.#awayUntilMs === undefined ? nowMs + REGISTRY_WAIT_MS : nowMs;
    for (const id of ids) {
      if ((this.#unknown.get(id) ?? -Infinity) > nowMs) continue;
      try {
        const answer = await this.#asked(id, untilMs);
        this.#back();
        const problem = problemOf(answer);
        if (answer !== undefined && problem === undefined) found.push({ id, text: answer.text });
        else this.#noteUnknown(id, problem);
      } catch (error) {
        this.#away(error);
        break;
      }
    }
    return found;
  }

  /** Again and again until then. */
  async #asked(id: number, untilMs: number): Promise<FoundSchema | undefined> {
    const { ask, pause = quietly } = this.#options;
    const backoff = new Backoff(UPLINK_BACKOFF_MS, UPLINK_BACKOFF_MAX_MS);
    for (;;) {
      try {
        return await ask(id);
      } catch (error) {
        if (!(error instanceof GatewayError) || this.#nowMs() >= untilMs) throw error;
        await pause(backoff.next());
      }
    }
  }

  #noteUnknown(id: number, problem = "the registry has no such schema"): void {
    this.#options.logger.warn("messages name a schema that cannot be read by", { id, problem });
    if (this.#unknown.size >= UNKNOWN_SCHEMAS) this.#unknown.clear();
    this.#unknown.set(id, this.#nowMs() + REGISTRY_AGAIN_MS);
  }

  #away(error: unknown): void {
    this.#awayUntilMs = this.#nowMs() + REGISTRY_AGAIN_MS;
    this.#options.onAway(error instanceof Error ? error.message : String(error));
  }

  #back(): void {
    if (this.#awayUntilMs !== undefined) this.#options.onAway(undefined);
    this.#awayUntilMs = undefined;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** Keeps no process from ending. */
async function quietly(ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false });
}

/** Why a schema is none for us; undefined: it is, or there is none at all. */
function problemOf(answer: FoundSchema | undefined): string | undefined {
  if (answer === undefined) return undefined;
  if (answer.type !== "AVRO") return `it is ${answer.type}, not AVRO`;
  const bytes = Buffer.byteLength(answer.text);
  return bytes > SCHEMA_TEXT_BYTES
    ? `it has ${bytes} bytes, the most is ${SCHEMA_TEXT_BYTES}`
    : undefined;
}
