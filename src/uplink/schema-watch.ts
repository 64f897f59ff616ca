// Schemas that rows need and that have no id yet: registered in the background, again and again with back-off, while
// rows of other lanes go on. What is written before a key or value under such a schema: a zero byte and its id.

import type { Clock } from "../core/clock.ts";
import type { GatewayError } from "../core/errors.ts";
import {
  SCHEMA_HEADS,
  UPLINK_ALARM_AFTER_MS,
  UPLINK_BACKOFF_MAX_MS,
  UPLINK_BACKOFF_MS,
} from "../core/limits.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";
import { asFailure } from "./kafka-error.ts";
import type { LaneCursor } from "./lane-cursor.ts";
import { Backoff } from "./wake.ts";

/** Registers a schema; the id it has. */
export type RegisterSchema = (schema: RegisteredSchema) => Promise<number>;

export interface SchemaOptions {
  readonly clock: Clock;
  /** undefined: no registry is configured. */
  readonly register: RegisterSchema | undefined;
  /** Why rows wait for a schema, and whether the registry has refused it; undefined: none wait. */
  readonly onSchemaWaiting: (detail: string | undefined, isRejected: boolean) => void;
}

const HEAD_BYTES = 5;
const REJECTED = "SCHEMA_REJECTED";

export class SchemaWatch {
  readonly #options: SchemaOptions;
  readonly #cursors: readonly LaneCursor[];
  readonly #wake: () => void;
  readonly #backoff = new Backoff(UPLINK_BACKOFF_MS, UPLINK_BACKOFF_MAX_MS);
  readonly #heads = new Map<string, Buffer>();
  #isBusy = false;
  #nextTryMs = 0;
  #failingSinceMs: number | undefined;

  /** `wake` is called when a lane may go on. */
  constructor(options: SchemaOptions, cursors: readonly LaneCursor[], wake: () => void) {
    this.#options = options;
    this.#cursors = cursors;
    this.#wake = wake;
  }

  /** undefined: the schema has to be registered first. */
  head(schema: RegisteredSchema): Buffer | undefined {
    return this.#heads.get(nameOf(schema));
  }

  /** Milliseconds until `look` is due; Infinity while no lane waits for a schema, or one is being registered. */
  dueInMs(): number {
    if (this.#isBusy || this.#wanted().length === 0) return Infinity;
    return this.#nextTryMs - this.#options.clock.monotonicMs();
  }

  /** If due, begins to register what the lanes wait for. */
  look(): void {
    if (this.dueInMs() > 0) return;
    this.#isBusy = true;
    void this.#register(this.#wanted()).finally(() => {
      this.#isBusy = false;
      this.#wake();
    });
  }

  async #register(wanted: readonly RegisteredSchema[]): Promise<void> {
    const { register = noRegistry } = this.#options;
    let failure: GatewayError | undefined;
    for (const schema of wanted) {
      try {
        this.#learn(schema, await register(schema));
      } catch (error) {
        // One subject that is refused must not hold up another.
        if (failure?.code !== REJECTED) failure = asFailure("schema registry", error);
      }
    }
    for (const cursor of this.#cursors) {
      if (cursor.needs !== undefined && this.head(cursor.needs) !== undefined) {
        cursor.needs = undefined;
      }
    }
    this.#tell(failure);
  }

  #tell(failure: GatewayError | undefined): void {
    const { clock, onSchemaWaiting } = this.#options;
    if (failure === undefined) {
      this.#backoff.reset();
      this.#failingSinceMs = undefined;
      onSchemaWaiting(undefined, false);
      return;
    }
    const nowMs = clock.monotonicMs();
    this.#nextTryMs = nowMs + this.#backoff.next();
    this.#failingSinceMs ??= nowMs;
    const isRejected = failure.code === REJECTED;
    const isLong = nowMs - this.#failingSinceMs >= UPLINK_ALARM_AFTER_MS;
    if (isRejected || isLong) onSchemaWaiting(failure.message, isRejected);
  }

  #learn(schema: RegisteredSchema, id: number): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(id, 1);
    if (this.#heads.size >= SCHEMA_HEADS) this.#heads.clear();
    this.#heads.set(nameOf(schema), head);
  }

  #wanted(): RegisteredSchema[] {
    return this.#cursors.flatMap(({ needs }) => needs ?? []);
  }
}

function nameOf({ subject, schema }: RegisteredSchema): string {
  return `${subject}\u0000${schema}`;
}

async function noRegistry(): Promise<never> {
  throw new Error("rows need a schema registry, and gateway.yaml has no schemaRegistry");
}
