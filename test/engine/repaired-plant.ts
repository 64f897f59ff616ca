// A gateway with a rule that fails and is repaired, beside a twin that never fails. What the sink of the one throws at is
// planted in the product's code.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";

import type { EngineConfig } from "../../src/engine/config.ts";
import { KafkaSink } from "../../src/engine/kafka-sink.ts";
import { engineStatus } from "../../src/engine/status.ts";
import {
  engineConfig,
  gatewayAlarms,
  type Life,
  NUMBERED_RULE,
  reading,
  valuesOf,
  Workbench,
  type LifeOptions,
} from "./kit.ts";

const GAP =
  /^rule_gap raised: broken has missed (\d+) journal entries, from 2026-.*Z to 2026-.*Z: they are no longer kept$/;

/** Column of the value in NUMBERED_RULE's rows. */
export const VALUE = 2;
/** NUMBERED_RULE repaired. */
export const REPAIRED_FILTER: string = NUMBERED_RULE.replace("v > 50", "v > 50 AND v < 1000");

/** Rows that the sink of rule `broken` throws at; its topic is not the twin's. */
export type Bug = (values: readonly unknown[]) => boolean;

export interface Case {
  /** That fails, that is repaired. The twin has the text of the latter from the start. */
  readonly before: string;
  readonly after: string;
  readonly changes?: Partial<EngineConfig>;
}

/** Lives of a gateway with a broken rule and its twin. */
export class Plant {
  life: Life;
  bug: Bug = () => false;
  readonly #bench: Workbench;
  readonly #configs: readonly EngineConfig[];
  #repairs = 0;
  #seq = 0;

  constructor(context: TestContext, { before, after, changes = {} }: Case) {
    const value = KafkaSink.prototype.value;
    const fails = (topic: string, values: readonly unknown[]): boolean =>
      topic === "broken" && this.bug(values);
    context.mock.method(
      KafkaSink.prototype,
      "value",
      function (this: KafkaSink, values: Parameters<typeof value>[0]) {
        if (fails(this.topic, values)) throw new Error("a bug");
        return value.call(this, values);
      },
    );
    this.#bench = new Workbench(context);
    const directory = this.#bench.folder();
    const config = (broken: string): EngineConfig =>
      engineConfig(directory, { broken: into(broken), fine: after }, changes);
    this.#configs = [before, after, after.replace("< 1000", "< 1001")].map(config);
    this.life = this.#bench.start(this.#config);
  }

  /** One batch with a reading each, a second apart. */
  send(count: number, v = 60): void {
    for (let i = 0; i < count; i++) {
      const seq = ++this.#seq;
      const device = seq % 2 === 0 ? "a" : "b";
      this.life.run([reading(device, { seq, atMs: seq * 1000, v: v + (seq % 30) })]);
    }
  }

  /** The process is killed, and starts again with the same rules. */
  kill(): void {
    this.#restart();
  }

  /** The process is killed at this row, in the catch-up, and starts again. `deadly`: what is tried then dies, too (kit.ts). */
  die(row: Bug, options: Required<LifeOptions>): void {
    let left: string | undefined;
    this.bug = (values) => {
      if (row(values)) left ??= this.#bench.copyOf(this.#config.directory);
      return row(values);
    };
    this.catchUp();
    assert.ok(left !== undefined);
    this.bug = () => false;
    this.#restart({ ...options, left });
  }

  /** The bug is gone, by another text. */
  repair(): void {
    this.bug = () => false;
    this.#repairs++;
    this.#restart();
  }

  /** Runs on until it has caught up, `steps` at the most. */
  catchUp(steps = 1000): void {
    const { engine } = this.life;
    for (let step = 0; step < steps && engine.suspensions.isBehind; step++) engine.catchUp();
  }

  get rows(): { readonly broken: readonly object[]; readonly fine: readonly object[] } {
    const { engine } = this.life;
    return { broken: valuesOf(engine, "broken"), fine: valuesOf(engine, "fine") };
  }

  /** Entries that the rule was told to have missed. */
  get gaps(): number[] {
    const told = gatewayAlarms(this.life.engine).filter((text) => text.startsWith("rule_gap"));
    return told.map((text) => Number(GAP.exec(text)?.[1]));
  }

  get status(): string | undefined {
    const { rules } = engineStatus(this.life.engine, undefined);
    return rules.find(({ name }) => name === "broken")?.suspended;
  }

  get #config(): EngineConfig {
    return this.#configs[this.#repairs]!;
  }

  #restart(options: Parameters<Workbench["restart"]>[2] = {}): void {
    this.life = this.#bench.restart(this.life, this.#config, options);
    assert.equal(this.life.engine.state.digestMismatches, 0);
  }
}

/** The rule with a topic of its own. */
function into(text: string): string {
  return text.replace(/'topic' = '(high|per_device)'/, "'topic' = 'broken'");
}
