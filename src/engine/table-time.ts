// The tables for which time passes without rows (`watermark.idle-timeout`, silent devices): what they do as the engine's
// time goes on, and when the links by which their rows come go down and up.
//
// A table is paused while a source of its rows is down: who cannot be heard of is not silent. Clients of brokers are
// down from a start on until they have connected; devices connect to listeners themselves.

import type { Source } from "../operators/index.ts";
import type { Settings } from "./config-entry.ts";

/** What happens as engine time goes on. */
export interface ByTime {
  tick(nowMs: number): void;
  isReleasing(nowMs: number): boolean;
  nextDeadlineMs(nowMs: number): number;
  /** Devices cannot be heard of from here on. */
  pause(): void;
  resume(nowMs: number): void;
}

interface Table {
  readonly plan: { readonly table: Source["table"] };
  readonly source: Source;
  readonly silence: { readonly devices: ByTime } | undefined;
}

interface TimedTable {
  readonly time: ByTime;
  /** Whether rows of it come by a source. */
  readsFrom(source: string): boolean;
}

export class TableTime {
  readonly #tables: readonly TimedTable[];
  readonly #brokers: readonly string[];
  readonly #down: Set<string>;

  /** `down`: the sources that are. */
  constructor(tables: readonly Table[], settings: Settings, down: readonly string[]) {
    this.#brokers = settings.brokerSources;
    this.#down = new Set(down);
    this.#tables = tables.flatMap(({ plan, source, silence }) => {
      const only = plan.table.options["source"];
      const readsFrom = (name: string): boolean => only === undefined || only === name;
      // Silence makes rows, at times that are over before the table's own time goes on.
      const all = [silence?.devices, source.time].filter((time) => time !== undefined);
      return all.map((time) => ({ time, readsFrom }));
    });
  }

  /** The sources that are down. */
  get down(): readonly string[] {
    return [...this.#down];
  }

  /** A start: nothing could be heard of before. */
  boot(nowMs: number): void {
    this.#down.clear();
    for (const source of this.#brokers) this.#down.add(source);
    for (const table of this.#tables) {
      table.time.resume(nowMs);
      if (this.#isDown(table)) table.time.pause();
    }
  }

  /** A client's link to its broker goes up or down. */
  link(source: string, isUp: boolean, nowMs: number): void {
    if (isUp) this.#down.delete(source);
    else this.#down.add(source);
    for (const table of this.#tables) {
      if (!table.readsFrom(source)) continue;
      if (this.#isDown(table)) table.time.pause();
      else table.time.resume(nowMs);
    }
  }

  /** Lets time pass without rows. */
  tick(nowMs: number): void {
    for (const { time } of this.#tables) time.tick(nowMs);
  }

  /** Whether a tick would let go of anything. */
  isReleasing(nowMs: number): boolean {
    return this.#tables.some(({ time }) => time.isReleasing(nowMs));
  }

  /** When a tick may let go of something next; Infinity: never, if nothing comes. */
  nextDeadlineMs(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { time } of this.#tables) next = Math.min(next, time.nextDeadlineMs(nowMs));
    return next;
  }

  #isDown({ readsFrom }: TimedTable): boolean {
    return [...this.#down].some(readsFrom);
  }
}
