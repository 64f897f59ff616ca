// The small tables: MQTT sessions, and settings the engine keeps (meta).
// Read once at open and kept in memory; every change is written through inside the caller's transaction.

import type { SessionChange, SessionRecord } from "../core/protocol.ts";
import type { Database, Statement } from "./sqlite.ts";

export class Records {
  readonly #sessions: Map<string, SessionRecord> = new Map();
  readonly #meta: Map<string, string> = new Map();
  readonly #saveSession: Statement;
  readonly #deleteSession: Statement;
  readonly #saveMeta: Statement;

  constructor(db: Database) {
    this.#saveSession = db.prepare("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?)");
    this.#deleteSession = db.prepare("DELETE FROM session WHERE source = ? AND client_id = ?");
    this.#saveMeta = db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)");
    for (const row of db.prepare<[], Record<string, unknown>>("SELECT * FROM session").iterate()) {
      const record: SessionRecord = {
        source: row["source"] as string,
        clientId: row["client_id"] as string,
        session: row["session"] as number,
        expirySeconds: row["expiry_seconds"] as number,
        disconnectedAtMs: (row["disconnected_at_ms"] as number | null) ?? undefined,
        filters: parseFilters(row["filters"]),
      };
      this.#sessions.set(sessionKey(record), record);
    }
    for (const row of db.prepare<[], Record<string, unknown>>("SELECT * FROM meta").iterate()) {
      this.#meta.set(row["key"] as string, row["value"] as string);
    }
  }

  get sessions(): readonly SessionRecord[] {
    return [...this.#sessions.values()];
  }

  get meta(): ReadonlyMap<string, string> {
    return this.#meta;
  }

  changeSession(change: SessionChange): void {
    if (change.kind === "delete") {
      this.#deleteSession.run(change.source, change.clientId);
      this.#sessions.delete(sessionKey(change));
      return;
    }
    const { record } = change;
    this.#saveSession.run(
      record.source,
      record.clientId,
      record.session,
      record.expirySeconds,
      record.disconnectedAtMs ?? null,
      record.filters === undefined ? null : JSON.stringify(record.filters),
    );
    this.#sessions.set(sessionKey(record), record);
  }

  setMeta(key: string, value: string): void {
    this.#saveMeta.run(key, value);
    this.#meta.set(key, value);
  }
}

function parseFilters(text: unknown): readonly string[] | undefined {
  return typeof text === "string" ? (JSON.parse(text) as string[]) : undefined;
}

function sessionKey(of: { readonly source: string; readonly clientId: string }): string {
  return `${of.source}\u0000${of.clientId}`;
}
