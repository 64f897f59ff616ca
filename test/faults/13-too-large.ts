// Fault 13: rows that Kafka will not take: batches above the topic's limit, and now and then a single row above it. Beside
// them a plant whose rows must not notice. A third of the bursts end with a kill, so that a row is given up in one life and
// told of in the next.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { readCommitted } from "../kit/kafka/reader.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import { EventTime, ExtraFeed, extraRule, judgeExtra, messageOf, toldRows } from "./extra-feed.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import type { PlantRun } from "./services.ts";
import { smallPlant } from "./small-plant.ts";

const TOPIC = "extra";
const DEAD_LETTERS = "dead-letters";
const DEVICES = 4;
const SAMPLES = 300;
const BURSTS = 6;
const BURST = [10, 40] as const;
/** The limit of the topic, for a batch and so for a row; and the filler of the messages on either side of it. */
const MAX_BYTES = 4_000;
const FITTING = [50, 3_000] as const;
const OVERSIZE = [4_100, 20_000] as const;
const OVERSIZE_ONE_IN = 8;
const SETTLE_MS = 30_000;
const LOOK_MS = 250;

export const tooLarge: Fault = {
  number: 13,
  title: "Kafka message too large",
  injects: `bursts of 10–40 rows into a topic that takes ${MAX_BYTES} bytes a batch, one row in ${OVERSIZE_ONE_IN} larger than that; a third of the bursts end with a kill`,
  expects:
    "batches are split, each oversize row becomes one dead letter, all others arrive once and in order",
  needs: ["kafka"],
  run: async (context) => {
    const plant = smallPlant(context.seed, {
      sides: ["direct"],
      weather: "calm",
      devices: DEVICES,
      samples: SAMPLES,
    });
    const options = {
      ...plant,
      topics: { [TOPIC]: { "max.message.bytes": MAX_BYTES }, [DEAD_LETTERS]: {} },
      kafkaKeys: (prefix: string) => `deadLetterTopic: ${prefix}${DEAD_LETTERS}`,
    };
    return await context.services.withPlant(
      options,
      async (each, run) => await burstAgainAndAgain(each, run, context),
    );
  },
};

async function burstAgainAndAgain(
  plant: Plant,
  run: PlantRun,
  { seed, log }: FaultContext,
): Promise<Outcome> {
  const draw = new Draw(tooLarge.number, seed);
  const { folder } = plant.workspace;
  writeFileSync(join(folder, "rules", "extra.sql"), extraRule(run.topicPrefix + TOPIC));
  const feed = new ExtraFeed("extra", new EventTime());
  const oversize = new Set<string>();
  let bursts = 0;
  let kills = 0;
  let gateway = await plant.start();
  for (; bursts < BURSTS; bursts++) {
    for (let left = draw.between(...BURST); left > 0; left--) {
      const isOversize = draw.below(OVERSIZE_ONE_IN) === 0;
      const [from, to] = isOversize ? OVERSIZE : FITTING;
      const [name = ""] = feed.add(draw.between(from, to));
      if (isOversize) oversize.add(name);
    }
    await feed.send(gateway);
    if (draw.below(3) > 0) continue;
    await pause(draw.below(600));
    await plant.kill(gateway);
    kills++;
    gateway = await plant.start();
  }
  const { outcome, told } = await settled(run, feed.acknowledged, oversize);
  await plant.stop(gateway);
  const injected = { burst: bursts, "oversize row": oversize.size, kill: kills };
  const ofPlant = plantOutcome(plant, { injected, report: await plant.finish() });
  log(`${oversize.size} oversize rows, ${told} dead letters`);
  return {
    ...ofPlant,
    acknowledged: ofPlant.acknowledged + feed.acknowledged.size,
    lost: ofPlant.lost + outcome.lost,
    duplicated: ofPlant.duplicated + outcome.duplicated,
    wrong: ofPlant.wrong + outcome.wrong,
    problems: [...ofPlant.problems, ...outcome.examples],
  };
}

interface Settled {
  readonly outcome: ReturnType<typeof judgeExtra>;
  /** Dead letters. */
  readonly told: number;
}

/** What came of the messages, as soon as nothing is missing, or after a while. */
async function settled(
  { kafka, topicPrefix }: PlantRun,
  acknowledged: ReadonlySet<string>,
  oversize: ReadonlySet<string>,
): Promise<Settled> {
  const read = async (topic: string): ReturnType<typeof readCommitted> =>
    await readCommitted(kafka.internalBootstrap, [topicPrefix + topic]);
  const fitting = new Set([...acknowledged].filter((name) => !oversize.has(name)));
  for (const deadline = performance.now() + SETTLE_MS; ; await pause(LOOK_MS)) {
    const rows = (await read(TOPIC)).map(({ value }) => messageOf(value ?? "{}"));
    const letters = toldRows(await read(DEAD_LETTERS)).map(({ value }) => messageOf(value));
    const ofRows = judgeExtra(fitting, rows);
    const ofLetters = judgeExtra(oversize, letters);
    const lost = ofRows.lost + ofLetters.lost;
    if (lost > 0 && performance.now() < deadline) continue;
    const outcome = {
      lost,
      duplicated: ofRows.duplicated + ofLetters.duplicated,
      wrong: ofRows.wrong + ofLetters.wrong,
      examples: [...ofRows.examples, ...ofLetters.examples.map((text) => `dead letter ${text}`)],
    };
    return { outcome, told: letters.length };
  }
}
