// The engine's stand-in while the data directory cannot be written (a filesystem that has turned read-only, a card that
// refuses writes): from a copy of the database, somewhere else, the outbox is still delivered. Nothing is taken in.
//
// Invariant: nothing comes into being here that Kafka could see. A row of the copy that the data directory does not
// have would look, once the directory is back, as if its image had been restored from an older one. So there are no
// alarms and no dead letters meanwhile: what would need one is refused, and the uplink comes back to it.

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";

import type { ForwardedMark, Rollback } from "../core/forwarded.ts";
import { BALLAST_BYTES } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { metricSample } from "../core/metrics.ts";
import type { EngineReady, EngineStatus, Lane, OutboxChunk } from "../core/protocol.ts";
import { copyForReading, isUsable } from "../store/copy.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { EngineConfig } from "./config.ts";
import {
  compareWithKafka,
  dataDirectoryId,
  keptRivals,
  keptRollback,
  laneStates,
  notedTopics,
  withRivals,
} from "./kept.ts";
import { storeOptions } from "./store-options.ts";

export class Drain {
  readonly #directory: string;
  readonly #copy: string;
  readonly #roomBytes: number;
  readonly #store: Store;

  /** Copies the database: blocks for as long as that takes. Errors: as `copyForReading` and `openStore`. */
  constructor(config: EngineConfig, log: Logger) {
    this.#directory = config.directory;
    this.#roomBytes = config.ballastBytes ?? BALLAST_BYTES;
    this.#copy = copyForReading(config.directory, process.env["RUNTIME_DIRECTORY"] ?? tmpdir());
    try {
      const options = storeOptions({ ...config, directory: this.#copy, ballastBytes: 0 }, log);
      this.#store = openStore({ ...options, reserveBytes: 0 });
    } catch (error) {
      rmSync(this.#copy, { recursive: true });
      throw error;
    }
  }

  get ready(): EngineReady {
    return {
      sessions: this.#store.sessions,
      lanes: laneStates(this.#store),
      // No engine, no time: nothing that is stamped with it is taken.
      engineTimeMs: 0,
      newestMs: 0,
      nextDeadlineMs: Infinity,
      dataDirectoryId: dataDirectoryId(this.#store),
      topicPartitions: notedTopics(this.#store),
      draining: true,
    };
  }

  get status(): EngineStatus {
    const lanes = laneStates(this.#store);
    return {
      metrics: lanes.flatMap(({ lane, rows, bytes }) => [
        metricSample("headrace_outbox_rows", rows, { lane }),
        metricSample("headrace_outbox_bytes", bytes, { lane }),
      ]),
      rules: [],
      lanes,
      recentAlarms: [],
      recentRows: [],
      blocked: "the data directory cannot be written",
    };
  }

  readOutbox(
    lane: Lane,
    afterSequence: number,
    bounds: { maxRows: number; maxBytes: number },
  ): OutboxChunk[] {
    return this.#store.readOutbox(lane, afterSequence, bounds);
  }

  confirm(lane: Lane, sequence: number, timeMs: number): void {
    this.#store.confirm(lane, sequence, timeMs);
  }

  /** The rollback that is known. "unknown": there is a new one, which takes an engine. */
  reconcile(marks: readonly ForwardedMark[]): Rollback | undefined | "unknown" {
    const record = keptRollback(this.#store);
    const rivals = withRivals(keptRivals(this.#store), marks);
    const found = compareWithKafka(this.#store, marks, { rivals, record });
    return found === undefined ? record : "unknown";
  }

  /**
   * Whether an engine could do its work again. It takes what it needs to delete what has been delivered: with a single
   * block free it would start and fail, again and again, each time with a copy of the database.
   */
  get isOver(): boolean {
    return isUsable(this.#directory, this.#roomBytes);
  }

  /** Removes the copy. */
  close(): void {
    this.#store.close();
    rmSync(this.#copy, { recursive: true });
  }
}
