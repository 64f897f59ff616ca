// Fault 8: the database is damaged, under the running gateway or between two lives: bits flipped, pages zeroed or filled
// with rubbish, cut off, emptied, gone. Kafka has not seen anything yet, so what is destroyed is lost for good. A start
// must succeed all the same, save what can be read, and say so.
//
// Judged by the rule that lets every message through: each message has its row once, unaltered, or is among those that
// were destroyed and told of. A disk that has lost what it knew of Kafka says that it is older than Kafka (rolled_back).
// Windows are compared where they can be (damaged-windows.ts); alarms are not: each hangs on all facts before it.

import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";

import { type ActualRow, checkRows } from "../../firmware-sim/checker/check.ts";
import type { TruthRecord } from "../../firmware-sim/truth.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { judgeDamagedWindows } from "./damaged-windows.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { withoutLost } from "./lost-facts.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const DEVICES = 8;
const SAMPLES = 300;
const LIFE_MESSAGES = (DEVICES * SAMPLES) / 3;
/** In the life that finds the damage. */
const FINDER_MESSAGES = 20;
const SETTLE_MS = 2_000;
const PAGE_BYTES = 4096;
const DAMAGES = [
  "flipped bits",
  "zeroed pages",
  "rubbish pages",
  "cut off",
  "empty",
  "gone",
] as const;

export const corruptDatabase: Fault = {
  number: 8,
  title: "corrupt database: flipped, zeroed, truncated, empty",
  injects:
    "damage to the database file at drawn places, while stopped or running, before Kafka has seen any of it",
  expects:
    "a start succeeds in 5 s, salvages and tells of it; no message twice, none altered; those that are gone are told of; windows of what came after are " +
    "right, others come once at most and count no fact that is not theirs",
  needs: ["kafka"],
  run: async (context) => {
    const options = {
      sides: ["direct"],
      weather: "calm",
      devices: DEVICES,
      samples: SAMPLES,
    } as const;
    return await context.services.withPlant(
      smallPlant(context.seed, options),
      async (plant) => await corrupt(plant, context),
    );
  },
};

async function corrupt(plant: Plant, { seed, log }: FaultContext): Promise<Outcome> {
  const draw = new Draw(corruptDatabase.number, seed);
  const file = join(plant.workspace.data, "headrace.db");
  const [nobody = 0] = await freePorts(1);
  plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
  // An orderly stop brings everything from the WAL into the database.
  const first = await plant.start();
  await plant.acknowledged(draw.between(LIFE_MESSAGES / 4, LIFE_MESSAGES), first);
  await plant.stop(first);
  const running = draw.below(2) === 0;
  const how = draw.pick(running ? DAMAGES.slice(0, 4) : DAMAGES);
  if (running) {
    const second = await plant.start();
    damageFile(file, how, draw);
    await plant.acknowledged(draw.between(1, LIFE_MESSAGES / 2), second);
    await plant.kill(second);
  } else damageFile(file, how, draw);
  plant.workspace.configure({});
  const kind = `${how}, ${running ? "running" : "stopped"}`;
  log(kind);

  // Whatever was sent until the damage is found may be hit by it.
  const finder = await plant.start();
  await plant.acknowledged(FINDER_MESSAGES, finder);
  await plant.kill(finder);
  const shaken = sentFacts(plant);
  const errorsBefore = plant.tally.errors.length;
  let rows: readonly ActualRow[] = [];
  await plant.finish({
    settleMs: SETTLE_MS,
    starts: 3,
    expect: (seen) => {
      rows = seen;
      return []; // judged below
    },
  });
  const foundLate = plant.tally.errors.length > errorsBefore;
  return await judge(plant, { kind, rows, shaken: foundLate ? sentFacts(plant) : shaken, log });
}

interface Damaged {
  readonly kind: string;
  readonly rows: readonly ActualRow[];
  readonly shaken: ReadonlySet<string>;
  readonly log: FaultContext["log"];
}

async function judge(plant: Plant, { kind, rows, shaken, log }: Damaged): Promise<Outcome> {
  const topic = plant.topicOf("direct", "rows");
  const of = (wanted: (topic: string) => boolean): readonly ActualRow[] =>
    rows.filter((row) => wanted(row.topic));
  const facts = of((each) => each === topic);
  const { lost: destroyed, expected } = withoutLost(plant, facts);
  const report = await checkRows(
    expected.filter((row) => row.topic === topic),
    facts,
  );
  const { alarms, errors } = plant.tally;
  const isUnharmed = destroyed === 0 && alarms.length === 0 && errors.length === 0;
  const windowTopics = ["by_device", "by_line"].map((rule) => plant.topicOf("direct", rule));
  const isWindow = (each: string): boolean => windowTopics.includes(each);
  const windows = await judgeDamagedWindows({
    rows: of(isWindow),
    expected: plant.expected().filter((row) => isWindow(row.topic)),
    withoutShaken: plant
      .expected((record) => !isUnharmed && shaken.has(factName(record)))
      .filter((row) => isWindow(row.topic)),
  });
  log(`${destroyed} facts destroyed; ${windows.compared} windows compared field by field`);
  const told = alarms.length > 0 || errors.length > 0;
  const outcome = plantOutcome(plant, {
    injected: { [kind]: 1 },
    report,
    problems: [
      ...windows.examples,
      ...(destroyed > 0 && !told ? ["a loss that was not told of"] : []),
    ],
    expectedErrors: /./,
    expectedAlarms: /database_salvaged|journal_damaged|checkpoint_damaged|rolled_back/,
  });
  return {
    ...outcome,
    lost: outcome.lost + windows.lost,
    duplicated: outcome.duplicated + windows.duplicated,
    wrong: outcome.wrong + windows.wrong,
    destroyed,
  };
}

function sentFacts(plant: Plant): Set<string> {
  const records = plant.fleets.truth("direct").records();
  return new Set(records.filter(({ fate }) => fate !== "unsent").map(factName));
}

function factName({ device, sequence }: Pick<TruthRecord, "device" | "sequence">): string {
  return `${device}#${sequence}`;
}

function damageFile(file: string, how: (typeof DAMAGES)[number], draw: Draw): void {
  const { size } = statSync(file);
  if (how === "gone") rmSync(file);
  else if (how === "empty") truncateSync(file, 0);
  else if (how === "cut off") truncateSync(file, draw.below(size));
  else {
    const bytes = openSync(file, "r+");
    for (let turn = draw.between(1, 5); turn > 0; turn--) {
      const page = draw.below(Math.ceil(size / PAGE_BYTES)) * PAGE_BYTES;
      if (how === "flipped bits") flipBit(bytes, page + draw.below(PAGE_BYTES), draw.below(8));
      else
        writeSync(
          bytes,
          Buffer.alloc(PAGE_BYTES, how === "zeroed pages" ? 0 : 0xa5),
          0,
          PAGE_BYTES,
          page,
        );
    }
    closeSync(bytes);
  }
}

function flipBit(file: number, at: number, bit: number): void {
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
  writeSync(file, byte, 0, 1, at);
}
