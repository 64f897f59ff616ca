import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import type { Lane } from "../../src/core/protocol.ts";
import { fileVersion } from "../../src/store/file-version.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { openStore } from "../../src/store/open.ts";
import { openDatabase, storeError } from "../../src/store/sqlite.ts";
import { bytesOf, entryOf, openForTest, readable, storeOptions, temporaryFolder } from "./kit.ts";

const code = (expected: string) => (error: unknown) =>
  error instanceof GatewayError && error.code === expected;

test("everything that was committed is there after a restart", (context) => {
  const options = storeOptions(temporaryFolder(context));
  const session = {
    source: "listener",
    clientId: "c1",
    session: 3,
    expirySeconds: 3600,
    disconnectedAtMs: undefined,
    filters: ["plant/+/up"],
  };
  let store = openForTest(context, options);
  assert.deepEqual(store.opening, { created: true, salvaged: undefined, missing: 0, newestMs: 0 });
  const result = store.commit({
    timeMs: 1,
    journal: [entryOf(1), entryOf(2, 50_000), entryOf(3, 0)],
    outbox: [
      { lane: "result", rows: 3, bytes: bytesOf(9, 5000), logicalBytes: 900 },
      { lane: "alarm", rows: 1, bytes: bytesOf(8, 10), logicalBytes: 10 },
      { lane: "result", rows: 2, bytes: bytesOf(7, 10), logicalBytes: 10 },
    ],
    meta: { color: "blue" },
    sessions: [{ kind: "save", record: session }],
  });
  assert.deepEqual(result, { journalSequence: 3, outboxSequences: [1, 1, 4] });
  store.commit({
    timeMs: 2,
    sessions: [
      { kind: "save", record: { ...session, clientId: "c2", disconnectedAtMs: 77 } },
      { kind: "delete", source: "listener", clientId: "c1" },
    ],
  });
  const inMemory = [store.sessions, store.laneState("result"), store.incarnations.all];
  store.close();

  store = openForTest(context, options);
  const newestMs = entryOf(3).timeMs;
  assert.deepEqual(store.opening, { created: false, salvaged: undefined, missing: 0, newestMs });
  assert.deepEqual(readable(store), [
    [1, entryOf(1)],
    [2, entryOf(2, 50_000)],
    [3, entryOf(3, 0)],
  ]);
  assert.deepEqual(
    store.readOutbox("result", 0, { maxRows: 100, maxBytes: 1e6 }).map((chunk) => ({ ...chunk })),
    [
      {
        lane: "result",
        incarnation: "00000000000000aa",
        firstSequence: 1,
        rows: 3,
        bytes: bytesOf(9, 5000),
      },
      {
        lane: "result",
        incarnation: "00000000000000aa",
        firstSequence: 4,
        rows: 2,
        bytes: bytesOf(7, 10),
      },
    ],
  );
  assert.deepEqual([store.sessions, store.laneState("result"), store.incarnations.all], inMemory);
  assert.deepEqual(
    store.sessions.map(({ clientId, disconnectedAtMs }) => [clientId, disconnectedAtMs]),
    [["c2", 77]],
  );
  assert.equal(store.meta.get("color"), "blue");
});

test("a folder whose first start was killed is a new one", (context) => {
  const options = storeOptions(temporaryFolder(context));
  writeFileSync(join(options.directory, "headrace.db"), "");
  assert.deepEqual(openForTest(context, options).opening, {
    created: true,
    salvaged: undefined,
    missing: 0,
    newestMs: 0,
  });
});

test("an incarnation is made with the first outbox row of an open, and knows where it began", (context) => {
  let made = 0;
  const newIncarnation = (): string => (++made).toString(16).padStart(16, "0");
  const options = storeOptions(temporaryFolder(context), { newIncarnation });
  const row = { lane: "result", rows: 1, bytes: bytesOf(1, 5), logicalBytes: 5 } as const;
  for (const outboxes of [[[row], [row]], [[]], [[row]]]) {
    const store = openForTest(context, options);
    for (const outbox of outboxes) {
      store.commit({ timeMs: 1, outbox, journal: [{ ...entryOf(1), timeMs: 1000 * made + 7 }] });
    }
    store.close();
  }
  const store = openForTest(context, options);
  const at = (result: number): Record<Lane, number> => ({ alarm: 0, result, raw: 0, local: 0 });
  assert.deepEqual(store.incarnations.all, [
    { hex: "0000000000000001", starts: at(0), afterMs: 0 },
    { hex: "0000000000000002", starts: at(2), afterMs: 1007 },
  ]);
  const chunks = store.readOutbox("result", 0, { maxRows: 9, maxBytes: 1e6 });
  assert.deepEqual(
    chunks.map(({ incarnation, firstSequence }) => [Number(incarnation), firstSequence]),
    [
      [1, 1],
      [1, 2],
      [2, 3],
    ],
  );
});

test("the data folder is private and nothing is shared through a -shm file", (context) => {
  const directory = join(temporaryFolder(context), "data");
  openForTest(context, storeOptions(directory, { ballastBytes: 4096 }));
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const name of ["headrace.db", "headrace.db-wal", "attempts", "ballast"]) {
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
  }
  assert.equal(statSync(join(directory, "headrace.db-shm"), { throwIfNoEntry: false }), undefined);
});

test("a second process is refused while the first one runs", (context) => {
  const options = storeOptions(temporaryFolder(context));
  const store = openForTest(context, options);
  const second = (): string => {
    const script = new URL("open-child.ts", import.meta.url).pathname;
    return spawnSync(process.execPath, [script, options.directory], { encoding: "utf8" }).stdout;
  };
  assert.equal(second(), "STORE_LOCKED");
  assert.throws(() => openStore(options), code("STORE_LOCKED"));
  store.commit({ timeMs: 1, journal: [entryOf(1)] });
  assert.equal(second(), "STORE_LOCKED");
  store.close();
  assert.equal(second(), "opened");
});

test("the lock is taken by the open, not by the first write", (context) => {
  const file = join(temporaryFolder(context), "x.db");
  openDatabase(file).close();
  const db = openDatabase(file);
  assert.throws(() => openDatabase(file), code("STORE_LOCKED"));
  db.close();
});

test("every commit is synced: FULL survives the first write", (context) => {
  const db = openDatabase(join(temporaryFolder(context), "x.db"));
  db.exec("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)");
  assert.equal(db.pragma("synchronous", { simple: true }), 2);
  db.close();
});

test("the schema is the dumped one", (context) => {
  const { directory } = storeOptions(temporaryFolder(context));
  openForTest(context, storeOptions(directory)).close();
  const db = openDatabase(join(directory, "headrace.db"));
  const rows = db
    .prepare<[], { sql: string }>(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
    )
    .all();
  const version = String(db.pragma("user_version", { simple: true }));
  db.close();
  const dump = `-- version ${version}\n${rows.map(({ sql }) => `${sql};\n`).join("\n")}`;
  assert.equal(dump, readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
});

test("a database of a newer version is refused and not touched", (context) => {
  const options = storeOptions(temporaryFolder(context));
  openForTest(context, options).close();
  const file = join(options.directory, "headrace.db");
  const db = openDatabase(file);
  db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  db.close();
  const before = readFileSync(file);
  assert.throws(() => openStore(options), code("STORE_VERSION"));
  assert.deepEqual(readFileSync(file), before);
});

test("a newer version that is in the WAL only is refused, and the folder stays as it is", (context) => {
  const options = storeOptions(temporaryFolder(context));
  openForTest(context, options).close();
  const file = join(options.directory, "headrace.db");
  const killed = join(temporaryFolder(context), "killed");
  const db = openDatabase(file);
  db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  db.exec("CREATE TABLE later (a INTEGER) STRICT");
  cpSync(options.directory, killed, { recursive: true }); // as a kill leaves it
  db.close();
  const bytes = (): Buffer[] => readdirSync(killed).map((name) => readFileSync(join(killed, name)));
  const before = bytes();
  assert.equal(fileVersion(join(killed, "headrace.db")), MIGRATIONS.length + 1);
  assert.throws(() => openStore({ ...options, directory: killed }), code("STORE_VERSION"));
  assert.deepEqual(bytes(), before);
});

test("the version of a file is that of its last whole transaction", (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, "x.db");
  const db = openDatabase(file);
  const cuts: [bytes: number, version: number][] = [];
  for (let version = 1; version <= 3; version++) {
    db.exec(`CREATE TABLE t${version} (a INTEGER) STRICT; PRAGMA user_version = ${version}`);
    cuts.push([statSync(`${file}-wal`).size, version]);
  }
  const wal = readFileSync(`${file}-wal`);
  db.close();
  assert.equal(fileVersion(file), 3);
  assert.equal(fileVersion(join(folder, "none.db")), 0);
  for (const [bytes, version] of cuts) {
    writeFileSync(`${file}-wal`, wal.subarray(0, bytes));
    assert.equal(fileVersion(file), version);
    writeFileSync(`${file}-wal`, wal.subarray(0, bytes - 1));
    assert.equal(fileVersion(file), version - 1, "the last frame is cut");
    const damaged = Buffer.from(wal.subarray(0, bytes));
    damaged[bytes - 1000]! ^= 1;
    writeFileSync(`${file}-wal`, damaged);
    assert.equal(fileVersion(file), version - 1, "the last frame is damaged");
  }
});

test("after a failed write the store takes no other, but still reads", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  store.commit({ timeMs: 1, journal: [entryOf(1)] });
  const bad = { ...entryOf(2), timeMs: 0.5 };
  assert.throws(() => store.commit({ timeMs: 2, journal: [entryOf(2), bad] }), code("ASSERTION"));
  assert.throws(() => store.commit({ timeMs: 3, journal: [entryOf(3)] }), code("ASSERTION"));
  assert.ok(store.failure instanceof GatewayError);
  assert.equal(readable(store).length, 1);
  assert.equal(store.idle(4), false);
});

test("write errors are told apart by their code", () => {
  const system = (name: string, syscall: string): Error =>
    Object.assign(new Error(name), { code: name, syscall });
  const codes = [
    system("EIO", "fsync"),
    system("EIO", "fdatasync"),
    system("ENOSPC", "write"),
    system("EROFS", "open"),
  ].map((error) => {
    const named = storeError(error, "write");
    assert.ok(named instanceof GatewayError);
    assert.equal(named.retryable, named.code !== "STORE_FSYNC");
    return named.code;
  });
  assert.deepEqual(codes, ["STORE_FSYNC", "STORE_FSYNC", "STORE_FULL", "STORE_WRITE"]);
});
