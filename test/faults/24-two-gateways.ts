// Fault 24: a card is cloned, and both copies run: under one gateway id at Kafka and one client id at the MQTT broker. Beside
// that a second process is started on the folder of a running one. Of two copies one forwards; the other keeps its rows
// until the operator lets it take over. Each has a device of its own.

import { setTimeout as pause } from "node:timers/promises";

import { readCommitted } from "../kit/kafka/reader.ts";
import { startMosquitto } from "../kit/mosquitto.ts";
import { CopySite, type CopySiteOptions } from "./copy-site.ts";
import { Draw } from "./draw.ts";
import { EventTime, judgeExtra, messageOf, toldRows } from "./extra-feed.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import type { ProxiedBroker } from "../kit/kafka/proxied.ts";

const CLONES = 3;
const MOST_CLONES = 10;
const MESSAGES = 20;
const FENCED_MS = 60_000;
const SETTLE_MS = 60_000;
const LOOK_MS = 50;

export const twoGateways: Fault = {
  number: 24,
  title: "two gateways with one client id, or on one data directory",
  injects:
    "a card is cloned and both copies run, with one gateway id at Kafka and one client id at the MQTT broker; the other one takes over by command; " +
    "a second process starts on the folder of a running one",
  expects:
    "one of two copies stops forwarding and says so; nothing lost, nothing twice; the fight for the client id is told of within 60 s; the second process refuses",
  needs: ["kafka", "mosquitto"],
  mostInjections: MOST_CLONES,
  run: async (context) => {
    const kafka = await context.services.kafka();
    const name = context.services.newName();
    const topics = {
      rows: `${name}.rows`,
      withheld: `${name}.withheld`,
      progress: `${name}.progress`,
      alarms: `${name}.alarms`,
    };
    for (const topic of [topics.rows, topics.withheld, topics.alarms])
      await kafka.createTopic(topic, { configs: { "retention.ms": -1 } });
    const mosquitto = await startMosquitto();
    const { bootstrap } = kafka;
    const run = new Clones(context, kafka, {
      gatewayId: name,
      bootstrap,
      mosquittoPort: mosquitto.port,
      topics,
    });
    try {
      return await run.run();
    } finally {
      await run.dispose();
      await mosquitto.stop();
      await kafka.deleteTopics(Object.values(topics));
    }
  },
};

class Clones {
  readonly #context: FaultContext;
  readonly #kafka: ProxiedBroker;
  readonly #options: CopySiteOptions;
  readonly #draw: Draw;
  readonly #time = new EventTime();
  readonly #sites: CopySite[] = [];
  readonly #problems: string[] = [];

  constructor(context: FaultContext, kafka: ProxiedBroker, options: CopySiteOptions) {
    this.#context = context;
    this.#kafka = kafka;
    this.#options = options;
    this.#draw = new Draw(twoGateways.number, context.seed);
  }

  async run(): Promise<Outcome> {
    let original = this.#site();
    await original.start();
    await original.take(MESSAGES);
    for (let clones = 0; clones < this.#clones; clones++) {
      if (this.#draw.below(2) === 0) await this.#arrived();
      await original.end();
      const clone = this.#site();
      clone.cloneOf(original);
      original = await this.#liveSideBySide([original, clone]);
    }
    if (!(await original.refusesSecond())) this.#problems.push("a second process did not refuse");
    await original.take(MESSAGES);
    await this.#arrived();
    await original.end();
    return await this.#outcome();
  }

  async dispose(): Promise<void> {
    for (const site of this.#sites) await site.dispose();
  }

  /** Two copies, neither running. Ends with all rows of both in Kafka; returns the one that goes on. */
  async #liveSideBySide(copies: readonly [CopySite, CopySite]): Promise<CopySite> {
    const draw = this.#draw;
    for (const copy of draw.shuffle(copies)) {
      await copy.start();
      if (draw.below(2) === 0) await copy.take(draw.between(1, MESSAGES));
    }
    const fenced = await this.#fencedOf(copies);
    const active = copies.find((copy) => copy !== fenced) ?? fenced;
    for (const copy of draw.shuffle(copies)) await copy.take(draw.between(1, MESSAGES));
    await fenced.said(/keeps ending the connection/);
    await fenced.resume();
    await this.#arrived(fenced);
    this.#context.log("the fenced copy has taken over");
    await active.take(draw.between(1, MESSAGES));
    // Which of them stays is drawn; the other one must have sent all it has before it goes.
    const [going, staying] = draw.below(2) === 0 ? [fenced, active] : [active, fenced];
    if (going === active) {
      await fenced.end();
      await this.#rid(active);
      await active.end();
      await fenced.start();
    } else {
      await fenced.end();
      await this.#rid(active);
    }
    return staying;
  }

  /** Makes a copy that was fenced off, and is alone now, forward all it has: by command or by a restart. */
  async #rid(copy: CopySite): Promise<void> {
    await this.#fencedOf([copy]);
    if (this.#draw.below(2) === 0) {
      await copy.end();
      await copy.start();
    } else await copy.resume();
    await this.#arrived(copy);
  }

  async #fencedOf(copies: readonly CopySite[]): Promise<CopySite> {
    for (const deadline = performance.now() + FENCED_MS; performance.now() < deadline;) {
      for (const copy of copies) {
        await copy.take(1);
        if (await copy.isFenced()) return copy;
      }
      await pause(LOOK_MS);
    }
    throw new Error("neither copy was fenced");
  }

  /** Waits until every acknowledged message (of one copy, or of all) is in Kafka, or told of as withheld. */
  async #arrived(of?: CopySite): Promise<void> {
    const feeds = (of === undefined ? this.#sites : [of]).map(({ feed }) => feed);
    const wanted = feeds.flatMap(({ acknowledged }) => [...acknowledged]);
    for (const deadline = performance.now() + SETTLE_MS; ; await pause(LOOK_MS)) {
      const seen = new Set(Object.values(await this.#read()).flat());
      if (wanted.every((name) => seen.has(name))) return;
      if (performance.now() < deadline) continue;
      const tails = this.#sites.map(({ gateway }) => gateway.tail(10));
      throw new Error(`rows of a copy do not arrive\n${tails.join("\n")}`);
    }
  }

  async #read(): Promise<Record<"rows" | "withheld", string[]>> {
    const { topics } = this.#options;
    const read = async (topic: string): ReturnType<typeof readCommitted> =>
      await readCommitted(this.#kafka.internalBootstrap, [topic]);
    const rows = await read(topics.rows);
    return {
      rows: rows.map(({ value }) => messageOf(value ?? "{}")),
      withheld: toldRows(await read(topics.withheld)).map(({ value }) => messageOf(value)),
    };
  }

  async #outcome(): Promise<Outcome> {
    const { rows, withheld } = await this.#read();
    const told = new Set(withheld);
    const acknowledged = this.#sites.flatMap(({ feed }) => [...feed.acknowledged]);
    const sent = new Set(rows);
    const wanted = new Set(acknowledged.filter((name) => sent.has(name) || !told.has(name)));
    const { lost, duplicated, wrong, examples } = judgeExtra(wanted, rows);
    this.#context.log(`${told.size} rows withheld`);
    return {
      injected: { clone: this.#clones, "second process": 1 },
      acknowledged: acknowledged.length,
      lost,
      duplicated,
      wrong,
      digestMismatches: this.#sites.reduce((sum, site) => sum + site.digestMismatches, 0),
      slowestReadyMs: Math.round(Math.max(...this.#sites.map((site) => site.slowestReadyMs))),
      problems: [...this.#problems, ...examples],
    };
  }

  get #clones(): number {
    return this.#context.injections ?? CLONES;
  }

  #site(): CopySite {
    const site = new CopySite(`copy-${this.#sites.length}`, this.#time, this.#options);
    this.#sites.push(site);
    return site;
  }
}
