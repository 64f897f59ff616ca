// What was run, when, on which source: a JSON line per run in a file that only grows. Runs count together while
// nothing below src/ has changed, so a long campaign may be stopped and taken up again. Ledgers of several machines are
// joined by putting one behind the other: a line that is there twice counts once. What the published page counts is kept
// in the repository beside it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { filesOf, ROOT } from "../kit/repository.ts";
import type { Outcome } from "./fault.ts";

/** One run; `outcome` is missing when it could not be carried out, and `error` says why. */
export interface RunRecord {
  readonly fault: number;
  readonly seed: number;
  /** As asked for; undefined: as many as the fault makes of its own accord. */
  readonly injections?: number;
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly commit: string;
  /** Hash of everything below src/. */
  readonly source: string;
  readonly outcome?: Outcome;
  readonly error?: string;
}

/** Where a ledger of this name is written, and where what was published of it is. */
export function ledgerFiles(name: string): LedgerFiles {
  return {
    file: join(ROOT, `target/faults/${name}.jsonl`),
    published: join(ROOT, `test/faults/published/${name}.jsonl`),
  };
}

export interface LedgerFiles {
  readonly file: string;
  readonly published: string;
}

/** Lines of JSON with a time, oldest first. */
export class LedgerLines<T extends { readonly at: string }> {
  readonly records: T[];
  readonly #files: LedgerFiles;

  constructor(files: LedgerFiles) {
    this.#files = files;
    const { file, published } = files;
    mkdirSync(dirname(file), { recursive: true });
    const text = textOf(file);
    // The last line is unfinished if a campaign was killed while it wrote.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
    const lines = new Set(`${textOf(published)}${whole}`.split("\n").slice(0, -1));
    const records = [...lines].map((line) => JSON.parse(line) as T);
    this.records = records.sort((a, b) => a.at.localeCompare(b.at));
  }

  append(record: T): void {
    this.records.push(record);
    appendFileSync(this.#files.file, lineOf(record));
  }

  /** All of it goes with the page. */
  publish(): void {
    const { published } = this.#files;
    mkdirSync(dirname(published), { recursive: true });
    writeFileSync(published, this.records.map(lineOf).join(""));
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function lineOf(record: unknown): string {
  return `${JSON.stringify(record)}\n`;
}

export class Ledger {
  readonly #lines: LedgerLines<RunRecord>;

  constructor(files: LedgerFiles) {
    this.#lines = new LedgerLines(files);
  }

  append(record: RunRecord): void {
    const { outcome } = record;
    this.#lines.append(
      outcome === undefined ? record : { ...record, outcome: withoutLog(outcome) },
    );
  }

  publish(): void {
    this.#lines.publish();
  }

  /** The runs of this source, oldest first. */
  runsOf(source: string): RunRecord[] {
    return this.#lines.records.filter((record) => record.source === source);
  }

  /** The runs of all other sources from `since` (ISO 8601) on, oldest first. */
  runsBefore(source: string, since: string): RunRecord[] {
    return this.#lines.records.filter((record) => record.source !== source && record.at >= since);
  }

  /** The lowest seed above all that this fault was run with on this source. */
  nextSeed(fault: number, source: string): number {
    const seeds = this.runsOf(source).filter((run) => run.fault === fault);
    return 1 + seeds.reduce((highest, { seed }) => Math.max(highest, seed), 0);
  }
}

/** What a gateway has logged is for the terminal: it names folders of the machine. */
function withoutLog(outcome: Outcome): Outcome {
  return { ...outcome, problems: outcome.problems.filter((text) => !text.startsWith("{")) };
}

/** Hash of everything below src/, 12 hex digits. */
export function sourceHash(root: string = ROOT): string {
  const hash = createHash("sha256");
  for (const { path, text } of filesOf((file) => file.startsWith("src/"), root)) {
    hash.update(`${path}\0${text}\0`);
  }
  return hash.digest("hex").slice(0, 12);
}

/** The commit that is checked out, with `+` when something is changed. */
export function commitName(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
  const dirty = git("status", "--porcelain", "--untracked-files=no") !== "";
  return git("rev-parse", "--short", "HEAD") + (dirty ? "+" : "");
}
