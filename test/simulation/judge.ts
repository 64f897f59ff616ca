// What a history must have left behind, recomputed from what devices know and from what commits put on the card, without
// the gateway's code: every acknowledged fact in Kafka exactly once, every window and alarm as a brute-force computation
// over the facts has it.
//
// Where an old image of the card came back, what was acknowledged after it and had not left may be gone; every row of a
// reader must then be one that some card's facts give, none twice, and what the last card's facts give must be there or
// have been withheld.

import { checkRows } from "../../firmware-sim/checker/check.ts";
import { expectOrder } from "../../firmware-sim/checker/expect.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import type { TruthRecord } from "../../firmware-sim/truth.ts";
import type { Fact } from "./device.ts";
import type { Logged } from "./disk.ts";
import type { Partition } from "./kafka/partition.ts";
import { CHECKED, DELAY_MS } from "./rules.ts";
import { POISON } from "./script.ts";
import type { World } from "./world.ts";

export interface Verdict {
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly wrong: number;
  readonly digestMismatches: number;
  readonly problems: readonly string[];
}

interface Row {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly header: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export async function judge(world: World): Promise<Verdict> {
  const facts = world.devices.flatMap((device) => device.facts);
  const rows = world.cluster.all().flatMap(rowsOf);
  const poisoned = rows.filter(({ fields }) => fields["v"] === POISON || fields["most"] === POISON);
  const problems = [
    ...world.problems,
    ...world.log.problems,
    ...hanging(world.cluster.all()),
    ...poisoned.map(({ header }) => `a row of a message that kills: ${header}`),
  ];
  const wasRestored = world.disk.pasts.length > 0;
  const verdict = wasRestored
    ? judgeRestored(world, rows)
    : await judgeWhole(world, { facts, rows });
  const mismatches = problems.filter((text) => text.includes("digest_mismatch")).length;
  return {
    acknowledged: facts.filter(({ acknowledged }) => acknowledged).length,
    ...verdict,
    digestMismatches: mismatches,
    problems: [...problems, ...verdict.problems],
  };
}

type Partial = Pick<Verdict, "lost" | "duplicated" | "wrong" | "problems">;

async function judgeWhole(
  { disk }: World,
  { facts, rows }: { readonly facts: readonly Fact[]; readonly rows: readonly Row[] },
): Promise<Partial> {
  const problems: string[] = [];
  const onCard = new Set(disk.log.map(({ payload }) => payload));
  const sound = facts.filter(({ v }) => v !== POISON);
  const missing = sound.filter((fact) => fact.acknowledged && !onCard.has(payloadOf(fact)));
  problems.push(
    ...missing.slice(0, 3).map((fact) => `acknowledged, not on the card: ${nameOf(fact)}`),
  );
  const expected = expectedRows(facts, disk.log);
  const judged = rows.filter(({ topic, fields }) => isJudged(topic, fields));
  const report = await checkRows(
    expected,
    judged.map(({ header, ...row }) => ({ ...row, headers: { headrace: header } })),
  );
  const plain = judgePlain(sound, rows);
  const { counts } = report;
  return {
    lost: missing.length + counts.lost + plain.lost,
    duplicated: counts.duplicated + plain.duplicated,
    wrong: counts.wrong + counts.unexpected + counts.reordered + counts.late,
    problems: [...problems, ...report.examples, ...plain.problems],
  };
}

/** Facts without an identity: at least once, and once unless their session began anew in between. */
function judgePlain(facts: readonly Fact[], rows: readonly Row[]): Omit<Partial, "wrong"> {
  const counts = new Map<string, number>();
  for (const { topic, fields } of rows) {
    if (topic !== "plain_seen") continue;
    const name = `${String(fields["device"])}#${String(fields["seq"])}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const plain = facts.filter(({ device }) => device >= "p");
  const lost = plain.filter((fact) => fact.acknowledged && !counts.has(nameOf(fact)));
  const twice = plain.filter((fact) => !fact.mayDouble && (counts.get(nameOf(fact)) ?? 0) > 1);
  return {
    lost: lost.length,
    duplicated: twice.length,
    problems: [
      ...lost.slice(0, 3).map((fact) => `lost: ${nameOf(fact)}`),
      ...twice.slice(0, 3).map((fact) => `duplicated: ${nameOf(fact)}`),
    ],
  };
}

function judgeRestored({ devices, disk }: World, rows: readonly Row[]): Partial {
  const facts = devices.flatMap((device) => device.facts);
  const cards = [...disk.pasts, disk.log].map((log) => expectedRows(facts, log));
  const judged = rows.filter(({ topic, fields }) => isJudged(topic, fields) && topic !== "alarms");
  const possible = new Set(cards.flat().map(({ topic, fields }) => contentOf(topic, fields)));
  const wrong = judged.filter(({ topic, fields }) => !possible.has(contentOf(topic, fields)));
  const twice = repeated(judged.map(({ topic, fields }) => idOf(topic, fields)));
  const there = new Set(judged.map(({ topic, fields }) => idOf(topic, fields)));
  const withheld = new Set(rows.filter(({ topic }) => topic === "rolled").map(withheldId));
  const lost = cards
    .at(-1)!
    .filter(({ topic }) => topic !== "alarms")
    .map(({ topic, fields }) => idOf(topic, fields))
    .filter((id) => !there.has(id) && !withheld.has(id));
  const alarms = judgeAlarms(rows);
  return {
    lost: lost.length,
    duplicated: twice.length + alarms.length,
    wrong: wrong.length,
    problems: [
      ...lost.slice(0, 3).map((id) => `lost: ${id}`),
      ...twice.slice(0, 3).map((id) => `duplicated: ${id}`),
      ...wrong.slice(0, 3).map(({ topic, value }) => `of no card: ${topic} ${value}`),
      ...alarms,
    ],
  };
}

/** An alarm is raised, then returned, each once; only then is its series raised again, and its occurrences count up. */
function judgeAlarms(rows: readonly Row[]): string[] {
  const problems: string[] = [];
  const states = new Map<string, string>();
  const raised = new Map<string, string>();
  const occurrences = new Map<string, number>();
  for (const { topic, fields } of rows) {
    if (topic !== "alarms" || fields["rule"] !== "hot") continue;
    const { alarm_id: id, series, state, occurrence } = fields as Record<string, string>;
    const before = states.get(id!);
    if (before !== (state === "returned" ? "raised" : undefined)) {
      problems.push(`alarm ${id} ${state} after ${before}`);
    }
    states.set(id!, state!);
    if (state !== "raised") {
      raised.delete(series!);
      continue;
    }
    if (raised.has(series!))
      problems.push(`alarm ${id} raised before ${raised.get(series!)} returned`);
    raised.set(series!, id!);
    const last = occurrences.get(series!) ?? 0;
    if (Number(occurrence) <= last) problems.push(`alarm ${id} raised after occurrence ${last}`);
    occurrences.set(series!, Number(occurrence));
  }
  return problems;
}

function expectedRows(facts: readonly Fact[], log: readonly Logged[]): readonly ExpectedRow[] {
  const records = new Map<string, TruthRecord>();
  for (const { device, seq, ts, v } of facts) {
    records.set(payloadOf({ device, seq, ts, v }), {
      device,
      sequence: seq,
      trueTimeMs: ts,
      eventTimeMs: ts,
      labels: [],
      values: { v },
      fate: "sent",
      sent: [],
    });
  }
  const arrivals = log
    .filter(({ topic }) => topic.startsWith("readings/"))
    .map(({ payload }) => records.get(payload)!);
  const truth = [...records.values()];
  const table = { name: "readings", delayMs: DELAY_MS, skewMs: 0, truth, rules: CHECKED };
  return expectOrder(table, arrivals).rows;
}

function isJudged(topic: string, fields: Row["fields"]): boolean {
  if (topic === "alarms") return fields["rule"] === "hot";
  return topic === "seen" || topic === "per_device";
}

function hanging(partitions: readonly Partition[]): string[] {
  return partitions
    .map((partition) => ({ name: partition.name, records: partition.committed().hanging }))
    .filter(({ records }) => records > 0)
    .map(({ name, records }) => `readers of ${name} stop before ${records} records`);
}

function rowsOf(partition: Partition): Row[] {
  const [topic = ""] = partition.name.split("/");
  return partition.committed().records.map(({ key = "", value = "", header }) => {
    const fields = topic.includes(".") || value === "" ? {} : (JSON.parse(value) as Row["fields"]);
    return { topic, key, value, header, fields };
  });
}

function payloadOf({ device, seq, ts, v }: Pick<Fact, "device" | "seq" | "ts" | "v">): string {
  return JSON.stringify({ device, seq, ts, v });
}

function nameOf({ device, seq }: Fact): string {
  return `${device}#${seq}`;
}

/** What makes it one row. */
function idOf(topic: string, fields: Readonly<Record<string, unknown>>): string {
  const of = topic === "seen" ? fields["seq"] : instant(fields["window_start"]);
  return `${topic} ${String(fields["device"])} ${String(of)}`;
}

function contentOf(topic: string, fields: Readonly<Record<string, unknown>>): string {
  const { n, total, most, v } = fields;
  return `${idOf(topic, fields)} ${JSON.stringify([n, total, most, v])}`;
}

/** Epoch milliseconds of both forms. */
function instant(value: unknown): number {
  return typeof value === "number" ? value : Date.parse(`${String(value).replace(" ", "T")}Z`);
}

/** A withheld row carries the row that it was. */
function withheldId({ fields }: Row): string {
  const topic = String(fields["topic"]);
  const payload = String(fields["payload"]);
  const row = payload.startsWith("{") ? payload : Buffer.from(payload, "base64").toString("utf8");
  return idOf(topic, JSON.parse(row) as Row["fields"]);
}

function repeated(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}
