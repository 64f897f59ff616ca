// One end-to-end run: the fleets send, the gateway is killed again and again, Kafka is restarted under it, and at the
// end everything is read back and checked. The order of what happens is drawn from the seed; when exactly a SIGKILL
// lands within a batch is up to the machine.

import { type ActualRow, checkRows, type Report } from "../../firmware-sim/checker/check.ts";
import { expectTable } from "../../firmware-sim/checker/expect.ts";
import type { GatewayProcess } from "../kit/gateway-process.ts";
import { Plant, type PlantServices, type Tally } from "../kit/plant/plant.ts";
import { SIDES } from "../kit/plant/scenario.ts";
import { type Life, planLives } from "./lives.ts";
import { e2eScenario, SAMPLES, type Size } from "./size.ts";

/** The real services of a run. */
export interface Services extends PlantServices {
  /** Ends the Kafka broker, cleanly or by SIGKILL, and starts it again on the same port and data. */
  restartKafka(how: "stop" | "kill"): Promise<void>;
  /** Like `read`, as a Flink job would: the verdict comes from it. */
  readonly readAtTheEnd: (topics: readonly string[]) => Promise<ActualRow[]>;
}

export interface Scoreboard extends Tally {
  readonly seed: number;
  readonly devices: number;
  readonly killed: number;
  readonly killedAfterCommit: number;
  readonly killedAfterEndTxn: number;
  readonly cleanStops: number;
  readonly kafkaRestarts: number;
  readonly messages: Readonly<Record<string, number>>;
  readonly resent: number;
  readonly lateFacts: number;
  readonly seconds: number;
  readonly report: Report;
}

/** While Kafka restarts, virtual time passes at this share of its speed: the outage must not eat the whole run. */
const OUTAGE_SPEED_SHARE = 0.15;
const CRASH_TIMEOUT_MS = 90_000;

export class EndToEndRun {
  readonly #size: Size;
  readonly #services: Services;
  readonly #log: (text: string) => void;
  readonly #sinceMs = performance.now();
  readonly #score = {
    killed: 0,
    killedAfterCommit: 0,
    killedAfterEndTxn: 0,
    cleanStops: 0,
    kafkaRestarts: 0,
  };
  #plant: Plant | undefined;

  /** `log` gets a line about each life: a run takes minutes. */
  constructor(size: Size, services: Services, log: (text: string) => void) {
    this.#size = size;
    this.#services = services;
    this.#log = log;
  }

  /** Runs everything once. Call `dispose` afterwards, whatever happened. */
  async run(): Promise<Scoreboard> {
    const { seed, speed, devices, lives: counts } = this.#size;
    const scenario = e2eScenario(devices);
    const plant = await Plant.create({
      scenario,
      seed,
      gatewayId: "e2e",
      services: this.#services,
      speed,
    });
    this.#plant = plant;
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const lives = planLives(seed, counts, Math.floor((devices * SAMPLES) / (total * 1.5)));
    for (const [index, life] of lives.entries()) {
      this.#log(`life ${index + 1} of ${lives.length}: ${JSON.stringify(life)}`);
      const restart =
        index === Math.floor(lives.length / 3)
          ? "stop"
          : index === Math.floor((2 * lives.length) / 3)
            ? "kill"
            : undefined;
      await this.#live(plant, life, restart);
    }
    await plant.finish();
    const rows = await this.#services.readAtTheEnd(scenario.topics);
    return this.#scoreboard(plant, await checkRows(plant.expected(), rows));
  }

  /** Ends what still runs. Returns the newest gateway log, for a failure's report. */
  async dispose(): Promise<string> {
    return (await this.#plant?.dispose()) ?? "";
  }

  async #live(plant: Plant, life: Life, restart: "stop" | "kill" | undefined): Promise<void> {
    const { fleets } = plant;
    const crash = life.kind === "crash-point";
    const gateway = await plant.start({
      // A crash point may be passed before the gateway is ready, or before it has answered.
      mayDie: crash,
      ...(crash && { environment: { HEADRACE_CRASH_POINT: `${life.point}:${life.pass}` } }),
    });
    if (restart !== undefined) {
      const { speed } = this.#size;
      fleets.gate.speed = speed * OUTAGE_SPEED_SHARE;
      await this.#services.restartKafka(restart);
      fleets.gate.speed = speed;
      this.#score.kafkaRestarts++;
    }
    if (life.kind === "crash-point") {
      await fleets.until(() => !gateway.running, `${life.point} to be passed`, CRASH_TIMEOUT_MS);
    } else {
      const goal = fleets.acknowledged + life.afterMessages;
      await fleets.until(() => fleets.acknowledged >= goal || !gateway.running, "progress");
    }
    if (fleets.atEnd)
      throw new Error("the messages were used up before the kills: a slower E2E_SPEED is needed");
    await this.#end(plant, gateway, life);
  }

  async #end(plant: Plant, gateway: GatewayProcess, life: Life): Promise<void> {
    const score = this.#score;
    if (life.kind === "stop") {
      await plant.stop(gateway);
      score.cleanStops++;
      return;
    }
    if (life.kind === "kill") gateway.kill("SIGKILL");
    const { code, signal } = await plant.ended(gateway);
    if (signal !== "SIGKILL")
      throw new Error(`the gateway ended by itself: ${code}\n${gateway.tail()}`);
    score.killed++;
    if (life.kind === "crash-point" && life.point === "engine-after-commit")
      score.killedAfterCommit++;
    if (life.kind === "crash-point" && life.point === "uplink-after-end-txn")
      score.killedAfterEndTxn++;
  }

  #scoreboard({ fleets, tally }: Plant, report: Report): Scoreboard {
    const scenario = e2eScenario(this.#size.devices);
    const truths = SIDES.map((side) => ({ side, records: fleets.truth(side).records() }));
    return {
      seed: this.#size.seed,
      devices: 2 * this.#size.devices,
      ...this.#score,
      ...tally,
      messages: Object.fromEntries(SIDES.map((side) => [side, fleets.stats(side).acknowledged])),
      resent:
        SIDES.reduce((sum, side) => sum + fleets.stats(side).repeated, 0) +
        truths
          .flatMap(({ records }) => records)
          .reduce((sum, { sent }) => sum + sent.length - 1, 0),
      lateFacts: truths.reduce((sum, { side, records }) => {
        return sum + expectTable(scenario.table(side, records)).lateFacts.size;
      }, 0),
      seconds: Math.round((performance.now() - this.#sinceMs) / 1000),
      report,
    };
  }
}
