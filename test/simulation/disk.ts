// The gateway's card: the store's own files in memory, with what happens to files between a kill and the next start. The
// store runs as it is; what is told apart from it is what must be on the card (the log), by the journal entries of
// every commit that has returned.
//
//   kill           the files as they stand
//   power cut      what was synced: all commits. The attempts file, never synced, is any older one
//   in a commit    the WAL ends within the frames of that commit
//   image          an old copy comes back

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { GatewayError } from "../../src/core/errors.ts";
import { decodeJournalBatch } from "../../src/core/journal-batch.ts";
import { LANES } from "../../src/core/protocol.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { decodeConfigEntry } from "../../src/engine/config-entry.ts";
import { openStore, type StoreOptions } from "../../src/store/open.ts";
import { Store } from "../../src/store/store.ts";
import type { CommitUnit } from "../../src/store/unit.ts";
import type { Draw } from "../faults/draw.ts";
import type { Defect } from "./defect.ts";

/** A message as the card has it. */
export interface Logged {
  readonly topic: string;
  readonly payload: string;
}

/** Where a process dies within a commit. */
export const COMMIT_POINTS = ["before-commit", "in-commit", "after-commit"] as const;
export type CommitPoint = (typeof COMMIT_POINTS)[number];

/** What refused writes say. */
export const NO_SPACE = "no space left on device";

/** The process has died here. */
export class Death extends Error {}

interface Image {
  readonly folder: string;
  readonly log: readonly Logged[];
}

const isCheckpointDue = Object.getOwnPropertyDescriptor(Store.prototype, "checkpointDue")!.get as (
  this: Store,
) => boolean;
const FILES = ["headrace.db", "headrace.db-wal", "attempts"];

export class Disk {
  /** What the card holds, in order: the messages of all commits that have returned. */
  log: readonly Logged[] = [];
  /** Rules that the card has suspended. */
  suspended: readonly string[] = [];
  /** Logs of cards that were replaced by older images. */
  readonly pasts: (readonly Logged[])[] = [];
  /** The next commit ends the process. */
  dieAt: CommitPoint | undefined;
  /** … once so many have passed. */
  dieAfter = 0;
  /** The next commits are refused by the system. */
  failures = 0;
  checkpointDue = false;
  readonly #root: string;
  readonly #draw: Draw;
  readonly #images: Image[] = [];
  #folders = 0;
  /** The one that is open. */
  #store: Store | undefined;
  /** Closes it. */
  #close: (() => void) | undefined;
  #isDying = false;
  /** Length of the WAL before the commit that the process dies in. */
  #tornAt: number | undefined;
  /** An attempts file from before. */
  #oldAttempts: string | undefined;
  readonly #defect: Defect | undefined;
  #staleState: Uint8Array | undefined;
  /** Length of the WAL before the last commit. */
  #lastSize = 0;

  /** `root`: an empty folder. */
  constructor(root: string, draw: Draw, defect: Defect | undefined) {
    this.#defect = defect;
    this.#root = root;
    this.#draw = draw;
    mkdirSync(this.folder, { recursive: true });
  }

  get folder(): string {
    return join(this.#root, `data-${this.#folders}`);
  }

  get hasImage(): boolean {
    return this.#images.length > 0;
  }

  /** What the rows in the open store's outbox count. */
  get outboxBytes(): number {
    return LANES.reduce((sum, lane) => sum + (this.#store?.laneState(lane).bytes ?? 0), 0);
  }

  /** For the engine. */
  readonly open = (options: StoreOptions): Store => {
    const store = openStore({
      ...options,
      ballastBytes: 0,
      reserveBytes: 0,
      newIncarnation: () => this.#hex(),
    });
    const close = store.close.bind(store);
    this.#store = store;
    this.#close = close;
    // Who dies closes nothing: closing would write.
    store.close = () => {
      if (this.#isDying) return;
      close();
      this.#close = undefined;
    };
    const commit = store.commit.bind(store);
    store.commit = (unit) => this.#commit(unit, commit);
    Object.defineProperty(store, "checkpointDue", {
      get: () => this.#takeCheckpoint() || isCheckpointDue.call(store),
    });
    return store;
  };

  /** The process dies here and now: nothing that it still does reaches the card. */
  die(): Death {
    this.#isDying = true;
    return new Death();
  }

  /** In one of the next commits. */
  dieSoon(): void {
    this.dieAt = this.#draw.pick(COMMIT_POINTS);
    this.dieAfter = this.#draw.between(1, 5);
  }

  /** Nobody is to die any more. */
  disarm(): void {
    this.dieAt = undefined;
    this.dieAfter = 0;
  }

  /** The process is gone. */
  crash(isPowerCut: boolean): void {
    const before = this.folder;
    this.#folders++;
    mkdirSync(this.folder);
    copyFiles(before, this.folder);
    if (this.#defect === "unsynced-commit") this.#tornAt = this.#lastSize;
    if (this.#tornAt !== undefined) {
      const wal = join(this.folder, "headrace.db-wal");
      const { size } = statSync(wal);
      if (size > this.#tornAt) truncateSync(wal, this.#draw.between(this.#tornAt, size - 1));
    }
    this.#tornAt = undefined;
    if (isPowerCut && this.#oldAttempts !== undefined) {
      copyFileSync(this.#oldAttempts, join(this.folder, "attempts"));
    }
    this.#release(before);
  }

  /** The worker has ended, and its connection with it. */
  workerEnded(): void {
    this.#close?.();
    this.#close = undefined;
  }

  /** The end of the world. */
  remove(): void {
    this.workerEnded();
  }

  takeImage(): void {
    const folder = join(this.#root, `image-${this.#images.length}`);
    mkdirSync(folder);
    copyFiles(this.folder, folder);
    this.#images.push({ folder, log: this.log });
  }

  /** The card is replaced by one of its images. */
  restoreImage(): void {
    const image = this.#draw.pick(this.#images);
    const before = this.folder;
    this.#folders++;
    mkdirSync(this.folder);
    copyFiles(image.folder, this.folder);
    this.#release(before);
    this.#oldAttempts = undefined;
    this.pasts.push(this.log);
    this.log = image.log;
  }

  #release(folder: string): void {
    this.workerEnded();
    this.#isDying = false;
    rmSync(folder, { recursive: true });
  }

  #commit(unit: CommitUnit, commit: Store["commit"]): ReturnType<Store["commit"]> {
    const dieAt = this.dieAfter === 0 ? this.dieAt : undefined;
    this.dieAfter = Math.max(0, this.dieAfter - 1);
    if (this.failures > 0) {
      this.failures--;
      throw new GatewayError(NO_SPACE, { code: "STORE_FULL", blame: "external" });
    }
    if (dieAt !== undefined) this.dieAt = undefined;
    if (dieAt === "before-commit") throw this.die();
    this.#keepAttempts();
    const wal = join(this.folder, "headrace.db-wal");
    const attempts = join(this.folder, "attempts");
    const sizeBefore = statSync(wal).size;
    const attemptsBefore = readFileSync(attempts);
    this.#lastSize = sizeBefore;
    const result = commit(this.#damaged(unit));
    // A WAL that did not grow began anew: where it was cut it would be the old one.
    if (dieAt === "in-commit" && statSync(wal).size > sizeBefore) {
      this.#tornAt = sizeBefore;
      writeFileSync(attempts, attemptsBefore);
      throw this.die();
    }
    this.#note(unit);
    if (dieAt !== undefined) throw this.die();
    return result;
  }

  #note({ journal = [] }: CommitUnit): void {
    const config = journal.findLast(({ kind }) => kind === "config");
    if (config !== undefined) {
      this.suspended = [...decodeConfigEntry(config.data).inForce.suspended.keys()];
    }
    const news = journal
      .filter(({ kind }) => kind === "messages")
      .flatMap(({ data }) => messages(data));
    if (news.length > 0) this.log = [...this.log, ...news];
  }

  /** As the planted defect has it. */
  #damaged(unit: CommitUnit): CommitUnit {
    if (this.#defect === "stale-checkpoint") return this.#stale(unit);
    if (this.#defect !== "repeats-catch-up") return unit;
    const meta = Object.entries(unit.meta ?? {}).filter(([key]) => key !== "caught-up");
    return { ...unit, meta: Object.fromEntries(meta) };
  }

  #stale(unit: CommitUnit): CommitUnit {
    const { checkpoint } = unit;
    if (checkpoint === undefined) return unit;
    const state = this.#staleState ?? checkpoint.state;
    this.#staleState = Uint8Array.from(checkpoint.state);
    return { ...unit, checkpoint: { ...checkpoint, state } };
  }

  #keepAttempts(): void {
    if (this.#draw.below(4) > 0) return;
    this.#oldAttempts = join(this.#root, "attempts-before");
    copyFileSync(join(this.folder, "attempts"), this.#oldAttempts);
  }

  #takeCheckpoint(): boolean {
    const isDue = this.checkpointDue;
    this.checkpointDue = false;
    return isDue;
  }

  #hex(): string {
    const digits = Array.from({ length: 16 }, () => this.#draw.below(16).toString(16));
    return digits.join("");
  }
}

function messages(data: Uint8Array): Logged[] {
  const reader = new MessageReader();
  const batch = decodeJournalBatch(data);
  reader.load(batch);
  return Array.from({ length: batch.count }, (_, message) => ({
    topic: reader.topic(message),
    payload: reader.bytes.toString("utf8", reader.start(message), reader.end(message)),
  }));
}

function copyFiles(from: string, to: string): void {
  for (const file of FILES) {
    const path = join(from, file);
    if (existsSync(path)) copyFileSync(path, join(to, file));
  }
}
