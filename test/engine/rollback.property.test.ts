// A disk image restored at any time, as often as one likes, between kills, lost commit answers, re-sent messages, and rules
// that fail and are repaired: a reader of Kafka sees no row, window or alarm event twice, and replay obeys what was decided.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import fc from "fast-check";

import type { EngineConfig } from "../../src/engine/config.ts";
import type { TestMessage } from "../decode/batch.ts";
import { ALARM_RULE, engineConfig, NUMBERED_RULE, reading, TUMBLE_RULE, Workbench } from "./kit.ts";
import type { Life, Rules } from "./kit.ts";
import { MemoryKafka, MemorySession } from "./memory-kafka.ts";
import { checkOnceOnly } from "./once-only.ts";
import { BREAKABLE, type Breakable, RuleBugs } from "./rule-bugs.ts";

const RULES = { tumble: TUMBLE_RULE, high: NUMBERED_RULE, hot: ALARM_RULE };
/** Each device's watermark is its own, and the silent are waited for 10 s of engine time. */
const TIMED_RULES = Object.fromEntries(
  Object.entries({
    ...RULES,
    all: TUMBLE_RULE.replaceAll("per_device", "all_devices")
      .replace("SELECT device,", "SELECT 'all',")
      .replace("GROUP BY device,", "GROUP BY"),
  }).map(([name, text]) => [
    name,
    text.replace(
      "'identity.key'",
      "'watermark.per' = 'device', 'watermark.idle-timeout' = '10 s', 'identity.key'",
    ),
  ]),
);
const TOPICS = {
  topics: { alarm: "alarms", deadLetter: undefined, late: undefined, rollback: "rolled" },
};

const RUNS = Number(process.env["HEADRACE_ROLLBACK_RUNS"] ?? 12);

type Step =
  | {
      readonly do: "send";
      readonly steps: readonly { device: string; stepMs: number; v: number }[];
    }
  /** Devices send again what they sent last: their PUBACK got lost with the disk. */
  | { readonly do: "resend"; readonly count: number }
  | { readonly do: "forward"; readonly rows: number; readonly isLost: boolean }
  /** Engine time goes on though nothing comes. */
  | { readonly do: "pass"; readonly ms: number }
  /** An operator ends a rollback. */
  | { readonly do: "release"; readonly isFinal: boolean }
  /** A rule fails at every row … */
  | { readonly do: "break"; readonly rule: Breakable }
  /** … until all are repaired, and catch up step by step. */
  | { readonly do: "repair" }
  | { readonly do: "catch-up"; readonly steps: number }
  | { readonly do: "kill" }
  | { readonly do: "image" }
  | { readonly do: "restore" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      steps: fc.array(
        fc.record({
          device: fc.constantFrom("a", "b", "c"),
          stepMs: fc.constantFrom(0, 700, 2000, 4500, 11_000),
          v: fc.constantFrom(10, 60, 75, 85, 90),
        }),
        { minLength: 1, maxLength: 25 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("resend" as const),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("forward" as const),
      rows: fc.constantFrom(1, 3, 10, 500),
      isLost: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(500, 6000, 11_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("release" as const), isFinal: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("break" as const),
      rule: fc.constantFrom(...(Object.keys(BREAKABLE) as Breakable[])),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "repair" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("catch-up" as const), steps: fc.constantFrom(1, 100) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "kill" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "image" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "restore" as const }) },
);

const script = fc.array(step, { minLength: 15, maxLength: 40, size: "max" });

/** A gateway, its disk and its images, over many lives. */
class Gateway {
  readonly kafka = new MemoryKafka();
  restored = 0;
  readonly #bench: Workbench;
  readonly #rules: Rules;
  readonly #bugs: RuleBugs;
  #config: EngineConfig;
  readonly #repairs = new Map<Breakable, number>();
  readonly #sent: TestMessage[] = [];
  readonly #sequences = new Map<string, number>();
  #life: Life;
  #session: MemorySession | undefined;
  #image: string | undefined;
  /** Event time of the newest reading; device c was offline, and is that far behind. */
  #atMs = 0;
  readonly #lagMs: number;
  #engineMs = 0;

  constructor(
    context: Pick<TestContext, "after">,
    { rules, lagMs }: { readonly rules: Rules; readonly lagMs: number },
  ) {
    this.#bench = new Workbench(context);
    this.#lagMs = lagMs;
    this.#rules = rules;
    this.#bugs = new RuleBugs(context);
    this.#config = engineConfig(this.#bench.folder(), rules, TOPICS);
    this.#life = this.#bench.start(this.#config);
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case "send": {
        const messages = next.steps.map(({ device, stepMs, v }) => {
          this.#atMs += stepMs;
          const seq = (this.#sequences.get(device) ?? 0) + 1;
          this.#sequences.set(device, seq);
          const atMs = device === "c" ? this.#atMs - this.#lagMs : this.#atMs;
          return reading(device, { seq, atMs, v });
        });
        this.#sent.push(...messages);
        this.#run(messages);
        return;
      }
      case "resend": {
        const again = this.#sent.slice(-next.count).map((message) => ({ ...message, dup: true }));
        if (again.length > 0) this.#run(again);
        return;
      }
      case "forward":
        await this.#open().transact(next.rows, next.isLost);
        if (next.isLost) this.#session = undefined;
        return;
      case "pass":
        this.#engineMs += next.ms;
        this.#life.engine.time.tick(this.#engineMs);
        return;
      case "release":
        // Who ends it has seen to it that the devices were back: what they send again was theirs to send till then.
        this.#life.engine.uplinked((to) => to.endRollback(next.isFinal));
        this.#sent.length = 0;
        return;
      case "kill":
        this.#session = undefined;
        this.#life = this.#bench.restart(this.#life, this.#config);
        this.#checkDigests();
        return;
      case "break":
        this.#bugs.failing.add(next.rule);
        return;
      case "repair":
        this.#bugs.failing.clear();
        this.#config = this.#nextEdition();
        await this.take({ do: "kill" });
        return;
      case "catch-up":
        for (let made = 0; made < next.steps; made++) this.#life.engine.catchUp();
        return;
      case "image":
        this.#image = this.#bench.copyOf(this.#config.directory);
        return;
      case "restore":
        this.#restore();
    }
  }

  /** Everything leaves. */
  async end(): Promise<void> {
    await this.#open().drain();
    await this.take({ do: "repair" });
    while (this.#life.engine.suspensions.isBehind) this.#life.engine.catchUp();
    await this.#open().drain();
    await this.take({ do: "kill" });
    await this.#open().drain();
    this.#life.drop();
  }

  /** Those that are suspended have another text. */
  #nextEdition(): EngineConfig {
    for (const rule of this.#life.engine.state.inForce.suspended.keys()) {
      this.#repairs.set(rule as Breakable, (this.#repairs.get(rule as Breakable) ?? 0) + 1);
    }
    const edited = { ...this.#rules };
    for (const [rule, repairs] of this.#repairs) {
      edited[rule] = BREAKABLE[rule].edition(edited[rule]!, repairs);
    }
    return engineConfig(this.#config.directory, edited, TOPICS);
  }

  #run(messages: readonly TestMessage[]): void {
    this.#engineMs += 20;
    this.#life.run(messages, this.#engineMs);
  }

  #open(): MemorySession {
    this.#session ??= new MemorySession(this.kafka, this.#life.engine);
    return this.#session;
  }

  #restore(): void {
    if (this.#image === undefined) return;
    this.restored++;
    this.#session = undefined;
    this.#life.drop();
    rmSync(this.#config.directory, { recursive: true });
    cpSync(this.#image, this.#config.directory, { recursive: true });
    this.#life = this.#bench.start(this.#config);
    this.#checkDigests();
  }

  #checkDigests(): void {
    assert.equal(this.#life.engine.state.digestMismatches, 0);
  }
}

describe("a restored disk image", () => {
  it("sends nothing twice, whenever and however often it is restored", async () => {
    await sendsNothingTwice({ rules: RULES, lagMs: 0 });
  });

  it("does not either where devices have their own time and silence closes windows", async () => {
    await sendsNothingTwice({ rules: TIMED_RULES, lagMs: 30_000 });
  });
});

async function sendsNothingTwice(options: ConstructorParameters<typeof Gateway>[1]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const cleanUp: (() => void)[] = [];
      const after = (work: unknown): void => void cleanUp.push(work as () => void);
      const gateway = new Gateway({ after }, options);
      try {
        for (const each of steps) await gateway.take(each);
        await gateway.end();
        checkOnceOnly(gateway.kafka.rows, gateway.restored > 0);
      } finally {
        // Thousands of disks would fill the machine.
        for (const work of cleanUp) work();
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}
