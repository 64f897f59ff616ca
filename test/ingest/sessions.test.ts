import assert from "node:assert/strict";
import { test } from "node:test";

import type { SessionRecord } from "../../src/core/protocol.ts";
import { NEVER_EXPIRES } from "../../src/ingest/connect-packet.ts";
import { type OpenedSession, type SessionHolder, SessionTable } from "../../src/ingest/sessions.ts";
import { LogRecorder, ManualSessionStore, ManualTime } from "./support.ts";

class Rig {
  readonly time = new ManualTime();
  readonly store = new ManualSessionStore();
  readonly log = new LogRecorder();
  table: SessionTable;

  constructor(existing: readonly SessionRecord[] = [], maxSessions = 1000) {
    this.store.autoConfirm = false;
    this.table = this.restart(existing, maxSessions);
  }

  restart(existing: readonly SessionRecord[], maxSessions = 1000): SessionTable {
    this.table = new SessionTable({
      store: this.store,
      existing,
      clock: this.time,
      logger: this.log,
      maxSessions,
      firstSession: 100,
    });
    return this.table;
  }

  /** Opens; `opened` is set when it is ready. */
  open(clientId: string, expirySeconds: number, cleanStart = false): Opening {
    const opening = new Opening(this.table);
    opening.session = this.table.open(
      { source: "direct", clientId, cleanStart, expirySeconds, holder: opening },
      (opened) => (opening.opened = opened),
    );
    return opening;
  }
}

class Opening implements SessionHolder {
  session: OpenedSession["session"] | undefined;
  opened: OpenedSession | undefined;
  takeovers = 0;
  readonly #table: SessionTable;

  constructor(table: SessionTable) {
    this.#table = table;
  }

  /** undefined until it is ready. */
  get present(): boolean | undefined {
    return this.opened?.present;
  }

  takenOver(): void {
    this.takeovers++;
    this.close();
  }

  close(expirySeconds?: number): void {
    if (this.session !== undefined) this.#table.close(this.session, this, expirySeconds);
  }
}

/** Microtasks have run: what a turn of the event loop gathered is with the store. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("a session without expiry is ready at once, leaves nothing on disk and ends with its connection", async () => {
  const rig = new Rig();
  const first = rig.open("a", 0);
  assert.equal(first.present, false);
  first.close();
  const second = rig.open("a", 0);
  assert.equal(second.present, false);
  assert.notEqual(second.session?.number, first.session?.number);
  await turn();
  assert.equal(rig.store.requests.length, 0);
});

test("a new durable session is ready when it is on disk, many with one request", async () => {
  const rig = new Rig();
  const openings = ["a", "b", "c"].map((id) => rig.open(id, 60));
  await turn();
  assert.deepEqual(
    openings.map(({ opened }) => opened),
    [undefined, undefined, undefined],
  );
  const late = rig.open("d", 60);
  await turn();
  assert.equal(rig.store.requests.length, 1, "one request at a time");
  rig.store.confirm();
  assert.ok(openings.every(({ opened }) => opened?.present === false));
  assert.equal(late.present, undefined);
  rig.store.confirm();
  assert.equal(late.present, false);
  assert.equal(rig.store.records.size, 4);
});

test("a resumed session keeps its number and is ready at once; a clean start has a new one", async () => {
  const rig = new Rig();
  const first = rig.open("a", 60);
  await turn();
  rig.store.confirm();
  first.close();
  const resumed = rig.open("a", 60);
  assert.deepEqual([resumed.present, resumed.session?.number], [true, 100]);
  resumed.close();
  const clean = rig.open("a", 60, true);
  assert.equal(clean.present, undefined);
  await turn();
  while (rig.store.requests.length > 0) rig.store.confirm();
  assert.deepEqual([clean.present, clean.session?.number], [false, 101]);
  assert.equal(rig.store.records.get("a")?.session, 101);
});

test("a session that was resumed before it was on disk is still not ready before", async () => {
  const rig = new Rig();
  const first = rig.open("a", 60);
  await turn();
  const second = rig.open("a", 60);
  assert.equal(first.takeovers, 1);
  assert.equal(second.present, undefined);
  await turn();
  rig.store.confirm();
  await turn();
  rig.store.confirm();
  assert.equal(second.present, true);
});

test("a session expires on the monotonic clock, not by a leap of the wall clock", async () => {
  const rig = new Rig();
  const first = rig.open("a", 60);
  await turn();
  rig.store.confirm();
  first.close();
  rig.time.wallOffsetMs += 24 * 3600 * 1000;
  rig.time.advance(59_999);
  const second = rig.open("a", 60);
  assert.equal(second.present, true);
  second.close();
  rig.time.advance(60_000);
  rig.table.sweep();
  assert.deepEqual(rig.table.stats, { sessions: 0, evicted: 0, expired: 1 });
  await turn();
  while (rig.store.requests.length > 0) rig.store.confirm();
  assert.equal(rig.store.records.size, 0);
});

test("a session that was connected at the last end counts from this start", () => {
  const rig = new Rig();
  const record = { source: "direct", session: 7, expirySeconds: 60 };
  const wallMs = rig.time.wallMs();
  rig.restart([
    { ...record, clientId: "connected", disconnectedAtMs: undefined },
    { ...record, clientId: "left", disconnectedAtMs: wallMs - 59_000 },
    { ...record, clientId: "gone", disconnectedAtMs: wallMs - 60_000 },
    { ...record, clientId: "future", disconnectedAtMs: wallMs + 3_600_000 },
  ]);
  rig.time.advance(500);
  const present = ["connected", "left", "gone", "future"].map((id) => rig.open(id, 60).present);
  assert.deepEqual(present, [true, true, undefined, true]);
});

test("numbers do not repeat after a restart", async () => {
  const rig = new Rig([
    { source: "direct", clientId: "x", session: 500, expirySeconds: 60, disconnectedAtMs: 0 },
  ]);
  assert.equal(rig.open("new", 0).session?.number, 501);
});

test("a disconnect can end the session or change its expiry", async () => {
  const rig = new Rig();
  const first = rig.open("a", 60);
  await turn();
  rig.store.confirm();
  first.close(0);
  assert.equal(rig.open("a", 0).present, false);
  const second = rig.open("b", 60);
  second.close(NEVER_EXPIRES);
  rig.time.advance(10 ** 9);
  assert.equal(rig.open("b", 60).opened, undefined, "not on disk yet, but there");
  await turn();
  while (rig.store.requests.length > 0) rig.store.confirm();
  assert.deepEqual([...rig.store.records.keys()], ["b"]);
});

test("a full table ends the session disconnected for longest, and refuses when all are connected", async () => {
  const rig = new Rig([], 2);
  const a = rig.open("a", 60);
  const b = rig.open("b", 60);
  assert.equal(rig.open("c", 60).session, undefined);
  b.close();
  a.close();
  const c = rig.open("c", 60);
  assert.notEqual(c.session, undefined);
  assert.equal(rig.table.stats.evicted, 1);
  await turn();
  while (rig.store.requests.length > 0) {
    rig.store.confirm();
    await turn();
  }
  assert.deepEqual([...rig.store.records.keys()].toSorted(), ["a", "c"]);
});

test("changes that died with the store's worker are given to the next one", async () => {
  const rig = new Rig();
  const a = rig.open("a", 60);
  await turn();
  const b = rig.open("b", 60);
  await turn();
  const dead = rig.store.requests.splice(0);
  rig.table.retry();
  assert.deepEqual([a.opened, b.opened], [undefined, undefined]);
  rig.store.confirm();
  assert.deepEqual([a.present, b.present], [false, false]);
  dead[0]?.done();
  assert.equal(rig.store.records.size, 2);
});
