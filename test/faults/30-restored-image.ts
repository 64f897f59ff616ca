// Fault 30: the disk is put back to an image of some time ago: the newest one or an older one a second time, with Kafka
// in sight or only a life later. What the lost life has sent must not leave again; what it had taken and not sent is
// gone, and nothing else is.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import type { ActualRow } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import type { TruthRecord } from "../../firmware-sim/truth.ts";
import { type GatewayProcess, type Metrics, scrape } from "../kit/gateway-process.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import { toldRows } from "./extra-feed.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { judgeRestored } from "./restored-rows.ts";
import type { PlantRun } from "./services.ts";
import { smallPlant } from "./small-plant.ts";

const RESTORES = 4;
const MOST_RESTORES = 20;
const DEVICES = 8;
/** Per device and restored image. */
const SAMPLES = 175;
/** 240 messages a second: there is something to send in every life. */
const SPEED = 3;
const LIFE_MESSAGES = Math.floor((DEVICES * SAMPLES) / 5);
const TOPIC = "withheld";
/** Acknowledgements that were under way when the gateway died have been read by then. */
const LAST_PUBACKS_MS = 100;
const SETTLE_MS = 3_000;
const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

export const restoredImage: Fault = {
  number: 30,
  title: "disk image restored under a running site",
  injects:
    "the data folder is put back to a copy from before a life that went on acknowledging and sending: the newest copy or an older one again; a third of " +
    "the times Kafka is seen only a life later; some rollbacks are ended by the operator",
  expects:
    "what has left does not leave again; only what was acknowledged after the image and never sent is gone; it is told of",
  needs: ["kafka"],
  mostInjections: MOST_RESTORES,
  run: async (context) => {
    const plant = smallPlant(context.seed, {
      sides: ["direct"],
      weather: "calm",
      devices: DEVICES,
      samples: (context.injections ?? RESTORES) * SAMPLES,
    });
    const options = {
      ...plant,
      speed: SPEED,
      topics: { [TOPIC]: {} },
      kafkaKeys: (prefix: string) => `rollbackTopic: ${prefix}${TOPIC}`,
    };
    const images = mkdtempSync(join(tmpdir(), "headrace-images-"));
    try {
      return await context.services.withPlant(options, async (each, run) => {
        return await new Restores({ plant: each, run, images, context }).run();
      });
    } finally {
      rmSync(images, { recursive: true });
    }
  },
};

interface Image {
  readonly folder: string;
  /** Facts acknowledged when it was made. */
  readonly holds: ReadonlySet<string>;
}

interface RestoresParts {
  readonly plant: Plant;
  readonly run: PlantRun;
  readonly images: string;
  readonly context: FaultContext;
}

class Restores {
  readonly #parts: RestoresParts;
  readonly #draw: Draw;
  readonly #images: Image[] = [];
  /** Facts that a lost life alone was given. */
  readonly #gone = new Set<string>();
  readonly #injected: Record<string, number> = {};

  constructor(parts: RestoresParts) {
    this.#parts = parts;
    this.#draw = new Draw(restoredImage.number, parts.context.seed);
  }

  async run(): Promise<Outcome> {
    const { plant, context } = this.#parts;
    const restores = context.injections ?? RESTORES;
    await this.#life();
    for (let round = 0; round < restores; round++) {
      this.#image();
      // What has sent nothing leaves no trace: nobody could tell that it is missing.
      await this.#life({ mustSend: true });
      const kind = await this.#restore();
      // What comes before the rollback is known is judged when it is about to leave, what comes after as it is derived.
      if (round % 2 === 0) await rollBackUnheard(plant);
      await this.#life();
      context.log(kind);
      this.#injected[kind] = (this.#injected[kind] ?? 0) + 1;
    }
    let rows: readonly ActualRow[] = [];
    const expect = (seen: readonly ActualRow[]): ExpectedRow[] => {
      rows = seen;
      return []; // judged below, with what was withheld
    };
    await plant.finish({ settleMs: SETTLE_MS, expect });
    return await this.#judge(rows);
  }

  /** Ends by a kill. */
  async #life({ mustSend = false } = {}): Promise<void> {
    const { plant } = this.#parts;
    const gateway = await plant.start();
    const inherited = await rowsInOutbox(gateway);
    await plant.acknowledged(this.#draw.between(20, LIFE_MESSAGES), gateway);
    if (mustSend || this.#draw.below(2) === 0) await someLeft(gateway, inherited);
    if (this.#draw.below(2) > 0) await gateway.command("uplink", "resume");
    await plant.kill(gateway);
    await pause(LAST_PUBACKS_MS);
  }

  #image(): void {
    const { plant, images } = this.#parts;
    const folder = join(images, String(this.#images.length));
    cpSync(plant.workspace.data, folder, { recursive: true });
    this.#images.push({ folder, holds: this.#acknowledged() });
  }

  async #restore(): Promise<string> {
    const { plant } = this.#parts;
    const isOlder = this.#images.length > 1 && this.#draw.below(3) === 0;
    const image = isOlder ? this.#draw.pick(this.#images) : this.#images.at(-1);
    if (image === undefined) throw new Error("no image");
    for (const fact of this.#acknowledged()) if (!image.holds.has(fact)) this.#gone.add(fact);
    rmSync(plant.workspace.data, { recursive: true });
    cpSync(image.folder, plant.workspace.data, { recursive: true });
    const kind = isOlder ? "an older image" : "the newest image";
    if (this.#draw.below(3) > 0) return kind;
    const [nobody = 0] = await freePorts(1);
    plant.workspace.configure({ kafka: `127.0.0.1:${nobody}` });
    const gateway = await plant.start();
    await plant.acknowledged(this.#draw.between(20, LIFE_MESSAGES), gateway);
    await plant.kill(gateway);
    plant.workspace.configure({});
    return `${kind}, Kafka away at first`;
  }

  async #judge(rows: readonly ActualRow[]): Promise<Outcome> {
    const { plant, run, context } = this.#parts;
    const withheld = toldRows(
      await readCommitted(run.kafka.internalBootstrap, [run.topicPrefix + TOPIC]),
    );
    const verdict = await judgeRestored({
      rows,
      withheld,
      expected: plant.expected(),
      withoutGone: plant.expected((record) => this.#gone.has(factName(record))),
      rowsTopic: `${run.topicPrefix}direct_rows`,
      alarmTopic: `${run.topicPrefix}headrace.alarms`,
    });
    const { destroyed, report } = verdict;
    const told = plant.tally.alarms.some((alarm) => alarm.includes('"state":"raised"'));
    const problems = [
      ...verdict.problems,
      ...(told ? [] : ["no alarm told of it"]),
      ...(destroyed > this.#gone.size ? [`${destroyed} facts destroyed`] : []),
    ];
    context.log(
      `${this.#gone.size} facts of lost lives, ${destroyed} of them gone, ${withheld.length} rows withheld`,
    );
    const expectedErrors = /Kafka has rows that this disk has never held/;
    const expectedAlarms = /"series":"rolled_back"/;
    return {
      ...plantOutcome(plant, {
        injected: this.#injected,
        report,
        problems,
        expectedErrors,
        expectedAlarms,
      }),
      destroyed,
    };
  }

  #acknowledged(): Set<string> {
    const records = this.#parts.plant.fleets.truth("direct").records();
    return new Set(records.filter(({ fate }) => fate === "acknowledged").map(factName));
  }
}

/** Of earlier lives, or a few more: rows leave in order, so what leaves beyond them is a life's own. */
async function rowsInOutbox(gateway: GatewayProcess): Promise<number> {
  const { http } = await gateway.ready;
  return (await scrape(http ?? "")).sum("headrace_outbox_rows");
}

/** Waits until a life has sent something of its own: Kafka knows of it then. */
async function someLeft(gateway: GatewayProcess, inherited: number): Promise<void> {
  await until(
    gateway,
    "something sent",
    (metrics) => metrics.sum("headrace_uplink_rows_total") > inherited,
  );
}

/** A life that learns what it is before any device has found it. */
async function rollBackUnheard(plant: Plant): Promise<void> {
  const [elsewhere = 0] = await freePorts(1);
  plant.workspace.configure({ ports: { direct: elsewhere, broker: elsewhere } });
  const gateway = await plant.start();
  await until(gateway, "rolled back", (metrics) => {
    return metrics.sum("headrace_uplink_state", 'state="rolled_back"') === 1;
  });
  await plant.kill(gateway);
  plant.workspace.configure({});
}

async function until(
  gateway: GatewayProcess,
  what: string,
  holds: (metrics: Metrics) => boolean,
): Promise<void> {
  const { http } = await gateway.ready;
  for (const deadline = performance.now() + PATIENCE_MS; ; await pause(LOOK_MS)) {
    if (holds(await scrape(http ?? ""))) return;
    if (performance.now() > deadline) throw new Error(`never ${what}\n${gateway.tail()}`);
  }
}

function factName({ device, sequence }: Pick<TruthRecord, "device" | "sequence">): string {
  return `${device}#${sequence}`;
}
