// Schemas that a registry has told by their ids: what messages of `avro-confluent` were written with. They come into the
// engine by `command` entries of the journal and are part of its state: a replay asks no registry.

import { KNOWN_SCHEMAS } from "../limits.ts";

/** An id never gets another schema. */
export interface SchemaOfId {
  readonly id: number;
  /** Avro's JSON, as the registry has it. */
  readonly text: string;
}

/** At most KNOWN_SCHEMAS; the one that came first makes way. */
export class SchemasById {
  readonly #schemas: Map<number, SchemaOfId>;

  /** `before`: what `saved` gave. */
  constructor(before: readonly SchemaOfId[] = []) {
    this.#schemas = new Map(before.map((schema) => [schema.id, schema]));
  }

  /** The same object as long as the schema is known. */
  get(id: number): SchemaOfId | undefined {
    return this.#schemas.get(id);
  }

  learn(schema: SchemaOfId): void {
    const { id } = schema;
    if (this.#schemas.has(id)) return;
    const [oldest] = this.#schemas.keys();
    if (this.#schemas.size >= KNOWN_SCHEMAS && oldest !== undefined) this.#schemas.delete(oldest);
    this.#schemas.set(id, schema);
  }

  /** In the order in which they came. */
  saved(): readonly SchemaOfId[] {
    return [...this.#schemas.values()];
  }
}
