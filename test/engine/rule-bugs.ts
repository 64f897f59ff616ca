// Bugs in rules, planted in the product's code: the sinks of some throw at every row. And what repairs such a rule.

import type { TestContext } from "node:test";

import { Alarm } from "../../src/alarms/alarm.ts";
import { KafkaSink } from "../../src/engine/kafka-sink.ts";

/** Rules of kit.ts. */
export type Breakable = "tumble" | "high" | "hot";

interface Repairable {
  /** Tells them apart. */
  readonly topic: string | undefined;
  /** Another text that gives the same rows. */
  edition(text: string, n: number): string;
}

export const BREAKABLE: Readonly<Record<Breakable, Repairable>> = {
  tumble: {
    topic: "per_device",
    edition: (text, n) => text.replace(/;$/, ` HAVING COUNT(*) > -${n};`),
  },
  high: { topic: "high", edition: (text, n) => text.replace(/;$/, ` AND seq > -${n};`) },
  hot: { topic: undefined, edition: (text, n) => text.replace(/;$/, ` WHERE seq > -${n};`) },
};

export class RuleBugs {
  readonly failing: Set<Breakable> = new Set();

  constructor(context: Pick<TestContext, "after">) {
    const { value } = KafkaSink.prototype;
    const { row } = Alarm.prototype;
    const throws = (of: string | undefined): void => {
      const isFailing = [...this.failing].some((rule) => BREAKABLE[rule].topic === of);
      if (isFailing) throw new Error("a bug");
    };
    KafkaSink.prototype.value = function (values) {
      throws(this.topic);
      return value.call(this, values);
    };
    Alarm.prototype.row = function (values) {
      throws(undefined);
      return row.call(this, values);
    };
    context.after(() => {
      KafkaSink.prototype.value = value;
      Alarm.prototype.row = row;
    });
  }
}
