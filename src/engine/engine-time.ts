// Engine time between batches. Every batch lets it pass by itself; what comes by here are the moments at which something
// is due though no batch comes, links that go down and up, and whether the clock is trusted that gives receive times. All
// are journal entries: replay does the same.

import type { Ledger, Unit } from "./ledger.ts";
import type { Pipeline } from "./pipeline.ts";

export interface EngineTimeOptions {
  readonly ledger: Ledger;
  /** The one in force. */
  readonly pipeline: () => Pipeline;
  /** Does `work` again without a rule that fails at it. */
  readonly suspending: <T>(work: () => T) => T;
  readonly commit: (unit: Unit) => void;
  /** Raises (or, without detail, clears) an alarm about the gateway, with the next commit. */
  readonly alarm: (kind: string, detail: string | undefined) => void;
}

/** What a `link` entry holds, as JSON. */
export interface LinkChange {
  readonly source: string;
  readonly isUp: boolean;
}

/** What a `clock` entry holds, as JSON, when it is about trust; of others the data is empty. */
export interface ClockTrust {
  readonly trusted: boolean;
}

/** An alarm's kind. */
const CLOCK_UNTRUSTED = "clock_untrusted";

/** What a `clock` entry says of trust; undefined: it lets time pass. */
export function clockTrust(data: Uint8Array): ClockTrust | undefined {
  if (data.length === 0) return undefined;
  return JSON.parse(Buffer.from(data).toString()) as ClockTrust;
}

const NOTHING: Uint8Array = new Uint8Array();

export class EngineTime {
  readonly #options: EngineTimeOptions;

  constructor(options: EngineTimeOptions) {
    this.#options = options;
  }

  /** Engine time at which something may be due next, if no batch comes; Infinity: never. */
  get nextDeadlineMs(): number {
    const { ledger, pipeline } = this.#options;
    return pipeline().time.nextDeadlineMs(ledger.engineTimeMs);
  }

  /** Lets time pass; the lines that it lets out. Nothing is written when nothing is due. */
  tick(engineTimeMs: number): readonly string[] {
    const { ledger, pipeline, suspending, commit } = this.#options;
    ledger.reach(engineTimeMs);
    const nowMs = ledger.engineTimeMs;
    if (!pipeline().time.isReleasing(nowMs)) return [];
    const { blobs, lines, digest } = suspending(() => {
      pipeline().tick(nowMs);
      return pipeline().takeOutput();
    });
    commit({ journal: [ledger.entry("clock", { data: NOTHING, digest })], outbox: blobs });
    return lines;
  }

  /** A client's link to its broker has gone up or down. */
  link(change: LinkChange, engineTimeMs: number): void {
    const { ledger, pipeline, commit } = this.#options;
    ledger.reach(engineTimeMs);
    pipeline().time.link(change.source, change.isUp, ledger.engineTimeMs);
    const data = Buffer.from(JSON.stringify(change));
    commit({ journal: [ledger.entry("link", { data })] });
  }

  /** Why the clock that stamps the batches from here on is not trusted; undefined: it is. Nothing new writes nothing. */
  trust(problem: string | undefined, engineTimeMs: number): void {
    const { ledger, pipeline, commit, alarm } = this.#options;
    const trusted = problem === undefined;
    if (pipeline().clockTrusted === trusted) return;
    ledger.reach(engineTimeMs);
    pipeline().clockTrusted = trusted;
    alarm(CLOCK_UNTRUSTED, problem);
    const { blobs } = pipeline().takeOutput();
    const data = Buffer.from(JSON.stringify({ trusted } satisfies ClockTrust));
    commit({ journal: [ledger.entry("clock", { data })], outbox: blobs });
  }
}
