// Fault 3: the end of the WAL is torn or rubbish. A plant's gateway dies before Kafka has seen anything; copies of its
// data folder are damaged at drawn places and opened; then the folder itself is, and the plant goes on with it.
//
// What must be left after a damage is what SQLite finds in a copy whose WAL ends where the damage begins: the
// transactions before the first bad frame, all of them and no other. What was acknowledged and lies behind is gone; the
// gateway must say so, and nothing else may be missing.

import { cpSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { openStore } from "../../src/store/open.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { storeOptions } from "../store/kit.ts";
import { type Damage, damage, drawDamage } from "./damage.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { type JournalCount, journalCount } from "./integrity.ts";
import { withoutLost } from "./lost-facts.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const COPIES = 16;
const DEVICES = 8;
const SAMPLES = 300;
/** Nothing new from Kafka for so long: everything that was not lost has come. */
const SETTLE_MS = 2_000;
/** Acknowledgements that were under way when the gateway died have been read by then. */
const LAST_PUBACKS_MS = 100;
const WAL = "headrace.db-wal";

export const walTail: Fault = {
  number: 3,
  title: "torn or garbage end of the WAL",
  injects: `the WAL of a killed gateway is cut, flipped, zeroed or filled with rubbish at drawn places: ${COPIES} copies, and the original`,
  expects:
    "it opens in 5 s; every transaction before the first bad frame is there; what was acknowledged behind it is counted and told of",
  needs: ["kafka"],
  run: async (context) =>
    await context.services.withPlant(
      smallPlant(context.seed, {
        sides: ["direct"],
        weather: "calm",
        devices: DEVICES,
        samples: SAMPLES,
      }),
      async (plant) => await damageTail(plant, context),
    ),
};

async function damageTail(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(walTail.number, seed);
  await dieBeforeKafka(plant, draw);
  const { data } = plant.workspace;
  const before = plant.fleets.stats("direct").acknowledged;
  const all = journalCount(data);
  const injected: Record<string, number> = {};
  const problems: string[] = [];
  const count = ({ kind }: Damage): void => void (injected[kind] = (injected[kind] ?? 0) + 1);

  const wal = join(data, WAL);
  for (let copy = 0; copy < COPIES; copy++) {
    const how = drawDamage(draw, wal);
    count(how);
    problems.push(...judgeCopy(data, how, all));
  }

  const how = drawDamage(draw, wal);
  count(how);
  const kept = keptBefore(data, how.offset);
  damage(wal, how);
  const destroyed = Math.max(0, before - kept.messages);
  log(`${how.kind} at ${how.offset}: ${destroyed} of ${before} messages destroyed`);
  let lost = 0;
  const report = await plant.finish({
    settleMs: SETTLE_MS,
    expect: (rows) => {
      const without = withoutLost(plant, rows);
      ({ lost } = without);
      return without.expected;
    },
  });
  const told = plant.tally.alarms.length > 0;
  if (lost !== destroyed) problems.push(`${lost} messages lost, not ${destroyed}`);
  if (destroyed > 0 && !told) problems.push("a loss that was not told of");
  if (kept.entries === all.entries && told) problems.push("told of a loss that was none");
  const expectedErrors = /recovery found damage/;
  const expectedAlarms = /"series":"journal_damaged","state":"raised"/;
  return {
    ...plantOutcome(plant, { injected, report, problems, expectedErrors, expectedAlarms }),
    destroyed,
  };
}

/** The first life: it ends by SIGKILL, and all it has taken is in its data folder alone. */
async function dieBeforeKafka(plant: Plant, draw: Draw): Promise<void> {
  const [nobody = 0] = await freePorts(1);
  plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
  const gateway = await plant.start();
  await plant.acknowledged(draw.between(100, (DEVICES * SAMPLES) / 2), gateway);
  await plant.kill(gateway);
  await pause(LAST_PUBACKS_MS);
  plant.workspace.configure({});
}

/** What is in the journal when its WAL ends at `offset`. */
function keptBefore(data: string, offset: number): JournalCount {
  return onCopy(data, (copy) => {
    const wal = join(copy, WAL);
    if (offset < statSync(wal).size) truncateSync(wal, offset);
    return journalCount(copy);
  });
}

/** Damages a copy of the data folder and opens it. Returns what is not as it must be. */
function judgeCopy(data: string, how: Damage, all: JournalCount): string[] {
  const kept = keptBefore(data, how.offset);
  const what = `${how.kind} at ${how.offset}`;
  return onCopy(data, (copy) => {
    damage(join(copy, WAL), how);
    try {
      const store = openStore(storeOptions(copy));
      const { last } = store.journalRange;
      const { missing, salvaged } = store.opening;
      const damaged = [...store.readJournal(0)].filter(({ readable }) => !readable).length;
      store.close();
      return [
        ...(last === kept.entries ? [] : [`${what}: ${last} entries left, not ${kept.entries}`]),
        // The newest commit may not have been marked, nor acknowledged.
        ...([missing, missing + 1].includes(all.entries - last)
          ? []
          : [`${what}: told of ${missing} missing entries of ${all.entries - last}`]),
        ...(damaged === 0 ? [] : [`${what}: ${damaged} unreadable entries`]),
        ...(salvaged === undefined ? [] : [`${what}: salvaged for a bad WAL`]),
      ];
    } catch (error) {
      return [`${what}: ${String(error)}`];
    }
  });
}

function onCopy<T>(data: string, work: (copy: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), "headrace-wal-"));
  try {
    cpSync(data, copy, { recursive: true });
    return work(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}
