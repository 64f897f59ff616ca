// Bugs in the gateway's own code, planted while a history runs. Of three kinds:
//
//   throws    a rule's sink throws at every row, until a start after it has been repaired: the rules that the card has
//             suspended then have another text
//   kills     the same, and what it is repaired with kills the process while it catches up; only the repair after that one
//             is sound
//   poison    a message kills whatever process runs it, at every time, even one that only tries it
//
// A process that dies of these leaves its note on the card open, as it would, since nothing of it runs on.

import { MessageReader } from "../../src/core/message-reader.ts";
import { CatchUp } from "../../src/engine/catch-up.ts";
import { KafkaSink } from "../../src/engine/kafka-sink.ts";
import { Pipeline } from "../../src/engine/pipeline.ts";
import { runTrial } from "../../src/engine/trial.ts";
import { BREAKABLE, type Breakable, type Repairs } from "./rules.ts";
import { POISON } from "./script.ts";

/** What it throws says. */
export const BUG = "a bug of the history";

/** Killed while a trial ran: of the process that runs it, not of the gateway's. */
class TrialDeath extends Error {}

class Poisoned extends Error {}

export class Bugs {
  /** How often each rule has been repaired. */
  repairs: Repairs = { seen: 0, tumble: 0 };
  /** The next start is one from which on they are repaired. */
  isRepairing = false;
  /** How often a process has died of them. */
  deaths = 0;
  readonly #die: () => Error;
  readonly #throwing = new Set<string>();
  /** Topics of repairs that kill. */
  readonly #killing = new Set<string>();
  /** Rules whose next repair kills. */
  readonly #badlyRepaired = new Set<Breakable>();
  #isCatchingUp = false;
  #isTrial = false;
  /** A sink has killed the process: what it throws is wrapped by the engine, which would go on. */
  #isStruck = false;

  /** `die`: nothing reaches the card any more; gives what ends the thread. */
  constructor(die: () => Error) {
    this.#die = die;
  }

  /** Lets them be for as long as `work` takes. */
  async during(work: () => Promise<void>): Promise<void> {
    const unplant = [this.#plantInSinks(), this.#plantInCatchUps(), this.#plantInPipelines()];
    try {
      await work();
    } finally {
      for (const undo of unplant) undo();
    }
  }

  plant(rule: Breakable, how: "throws" | "kills"): void {
    this.#throwing.add(BREAKABLE[rule]);
    if (how === "kills") this.#badlyRepaired.add(rule);
  }

  /** All repairs from the next start on are sound. */
  repairForGood(): void {
    this.#badlyRepaired.clear();
    this.isRepairing = true;
  }

  /** Whether this start has repaired a rule. */
  start(suspended: readonly string[]): boolean {
    if (!this.isRepairing) return false;
    this.isRepairing = false;
    this.#throwing.clear();
    const repairs = { ...this.repairs };
    for (const rule of suspended as readonly Breakable[]) {
      repairs[rule]++;
      if (this.#badlyRepaired.delete(rule)) this.#killing.add(BREAKABLE[rule]);
      else this.#killing.delete(BREAKABLE[rule]);
    }
    this.repairs = repairs;
    return suspended.length > 0;
  }

  /** What a process that runs `trial` dies of. */
  findDeadly(trial: Uint8Array): number | undefined {
    let part = 0;
    this.#isTrial = true;
    try {
      runTrial(trial, (next) => (part = next));
      return undefined;
    } catch (error) {
      if (error instanceof TrialDeath) return part;
      throw error;
    } finally {
      this.#isTrial = false;
    }
  }

  #plantInSinks(): () => void {
    const { value } = KafkaSink.prototype;
    const fail = (topic: string): void => {
      if (this.#isCatchingUp && this.#killing.has(topic)) this.#isStruck = true;
      if (this.#isStruck || this.#throwing.has(topic)) throw new Error(BUG);
    };
    KafkaSink.prototype.value = function (values) {
      fail(this.topic);
      return value.call(this, values);
    };
    return () => (KafkaSink.prototype.value = value);
  }

  #plantInCatchUps(): () => void {
    const { run } = CatchUp.prototype;
    const catchUp = (isOn: boolean): void => void (this.#isCatchingUp = isOn);
    CatchUp.prototype.run = function (isEnough) {
      catchUp(true);
      try {
        return run.call(this, isEnough);
      } finally {
        catchUp(false);
      }
    };
    return () => (CatchUp.prototype.run = run);
  }

  #plantInPipelines(): () => void {
    const { load } = MessageReader.prototype;
    const { run, tick } = Pipeline.prototype;
    let loaded = Buffer.alloc(0);
    const guard = (work: () => void): void => this.#survived(work);
    MessageReader.prototype.load = function (batch) {
      load.call(this, batch);
      loaded = Buffer.from(this.bytes);
    };
    Pipeline.prototype.run = function () {
      guard(() => {
        if (loaded.includes(POISON_TEXT)) throw new Poisoned();
        run.call(this);
      });
    };
    Pipeline.prototype.tick = function (engineTimeMs) {
      guard(() => tick.call(this, engineTimeMs));
    };
    return () => {
      MessageReader.prototype.load = load;
      Object.assign(Pipeline.prototype, { run, tick });
    };
  }

  #survived(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw this.#isStruck || error instanceof Poisoned ? this.#killed() : error;
    }
  }

  #killed(): Error {
    this.#isStruck = false;
    if (this.#isTrial) return new TrialDeath();
    this.deaths++;
    return this.#die();
  }
}

const POISON_TEXT = `"v":${POISON}`;
