// A personal field is nowhere: not on the disk, not in what leaves, not in the log. The journal is looked through unpacked, too,
// and the same run without `privacy` finds the field everywhere, so the test can fail.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { privateMessages } from "../../src/config/profile-privacy.ts";
import { decodeJournalBatch } from "../../src/core/journal-batch.ts";
import { engineStatus } from "../../src/engine/status.ts";
import { profileText } from "../config/profile-text.ts";
import { RECEIVE_TIME_MS } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, journalOf, kafkaSink, outboxOf, valuesOf, Workbench } from "./kit.ts";

const CANARY = "Lovelace-canary";
const RESOURCES = ["owner", "badge", "phone", "room"]
  .map(
    (name) =>
      `  - {name: ${name}, attributes: {pointer: /who/${name}}, properties: {valueType: String}}`,
  )
  .concat("  - {name: n, attributes: {pointer: /n}, properties: {valueType: Int32}}")
  .join("\n");
const PRIVACY = `
  privacy:
    fields: {owner: drop, badge: hash, phone: {truncate: 4}}
    key: "\${file:privacy.key}"
    journal: redacted
`;
const KEY = "the key of this test";
const RULES = {
  people:
    kafkaSink("people", "owner STRING, badge STRING, phone STRING, room STRING, n INT") +
    "INSERT INTO people SELECT owner, badge, phone, room, n FROM `press-12`;",
  hourly:
    kafkaSink("hourly", "badge STRING, n BIGINT") +
    `INSERT INTO hourly SELECT badge, COUNT(*)
     FROM TUMBLE(TABLE \`press-12\`, DESCRIPTOR(event_time), INTERVAL '1' HOUR)
     GROUP BY badge, window_start, window_end;`,
};

function message(payload: string | object): TestMessage {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return { topic: "plant/l1/d1", payload: text };
}

const at = (hours: number): number => RECEIVE_TIME_MS - 86_400_000 + hours * 3_600_000;
const WHO = { owner: CANARY, badge: CANARY, phone: `0815 ${CANARY}`, room: "12" };
const MESSAGES = [
  message({ ts: at(0), who: WHO }),
  message({ ts: at(1), who: { ...WHO, owner: { first: CANARY } } }),
  message({ ts: at(5), who: WHO }),
  message({ ts: at(0), who: WHO }), // late
  message({ who: WHO }), // no time: a dead letter
  message({ ts: at(6), n: "x", who: WHO }), // a wrong type: a dead letter
  message(`{"ts":${at(6)},"who":{"owner":"${CANARY}"`), // cut off
  message(`{"ts":${at(6)},"who":{"\\u006fwner":"${CANARY}","owner":"${CANARY}"}}`),
];

/** Where the canary is after a life, a kill, another life and an orderly stop. */
function found(context: TestContext, isPrivate: boolean): Record<string, boolean> {
  const bench = new Workbench(context);
  const gateway = `  time: {pointer: /ts}\n${isPrivate ? PRIVACY : ""}`;
  const profile = parseProfile(profileText({ resources: RESOURCES, gateway }), "press.yaml");
  const config = engineConfig(bench.folder(), RULES, {
    profiles: [profile],
    privacy: privateMessages(profile, KEY),
    topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: "rollback" },
  });
  const first = bench.start(config);
  // One by one: what is so short is not compressed, so that the files themselves can be looked through.
  for (const each of MESSAGES) first.run([each]);
  const life = bench.restart(first, config);
  for (const each of MESSAGES) life.run([each]);
  assert.equal(life.engine.state.digestMismatches, 0);
  const { engine } = life;
  const [rows, dead, late] = ["people", "headrace_dead_letter", "headrace_late"].map((name) =>
    valuesOf(engine, name),
  );
  assert.deepEqual([rows?.length, dead?.length, late?.length], [10, 6, 4]);
  if (isPrivate) {
    const [row] = rows ?? [];
    assert.match(String(row?.["badge"]), /^[0-9a-f]{32}$/);
    const others = { owner: null, phone: "0815", room: "12", n: null };
    assert.deepEqual({ ...row, badge: "" }, { ...others, badge: "" });
    const counted = engineStatus(engine, undefined).metrics.filter(
      ({ name }) => name === "headrace_private_payloads_total",
    );
    assert.deepEqual(
      counted.map(({ value }) => value),
      [7, 1],
    );
  }
  const outbox = JSON.stringify(outboxOf(engine));
  // Bytes are base64 in JSON.
  const payloads = (dead ?? []).concat(late ?? []).map((each) => {
    return Buffer.from(String(each["payload"]), "base64").toString();
  });
  const log = JSON.stringify([first.log, life.log]);
  life.stop();
  const journal = journalOf(config.directory)
    .filter(({ kind }) => kind === "messages")
    .map(({ data }) => Buffer.from(decodeJournalBatch(data).bytes).toString());
  assert.ok(journal.length >= 2);
  const files = globSync("**/*", { cwd: config.directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const has = (texts: readonly string[]): boolean => texts.some((text) => text.includes(CANARY));
  return {
    outbox: has([outbox]),
    payloads: has(payloads),
    journal: has(journal),
    files: files.some((bytes) => bytes.includes(CANARY) || bytes.includes(KEY)),
    log: has([log]),
  };
}

test("a private field is in no journal, no row, no dead letter, no file and no log line", (context) => {
  assert.deepEqual(found(context, true), {
    outbox: false,
    payloads: false,
    journal: false,
    files: false,
    log: false,
  });
});

test("the same field without privacy is found by the same look", (context) => {
  const { outbox, payloads, journal, files } = found(context, false);
  assert.deepEqual(
    { outbox, payloads, journal, files },
    {
      outbox: true,
      payloads: true,
      journal: true,
      files: true,
    },
  );
});
