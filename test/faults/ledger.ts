// What was run, when, on which source: a JSON line per run in a file that only grows. Runs count together while
// nothing below src/ has changed, so a long campaign may be stopped and taken up again. Ledgers of several machines are
// joined by putting one behind the other: a line that is there twice counts once.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
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

export const LEDGER_FILE: string = join(ROOT, "target/faults/runs.jsonl");

export class Ledger {
  readonly #file: string;
  readonly #records: RunRecord[];

  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    // The last line is unfinished if a campaign was killed while it wrote.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
    const lines = new Set(whole.split("\n").slice(0, -1));
    const records = [...lines].map((line) => JSON.parse(line) as RunRecord);
    this.#records = records.sort((a, b) => a.at.localeCompare(b.at));
  }

  append(record: RunRecord): void {
    this.#records.push(record);
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }

  /** The runs of this source, oldest first. */
  runsOf(source: string): RunRecord[] {
    return this.#records.filter((record) => record.source === source);
  }

  /** The runs of all other sources from `since` (ISO 8601) on, oldest first. */
  runsBefore(source: string, since: string): RunRecord[] {
    return this.#records.filter((record) => record.source !== source && record.at >= since);
  }

  /** The lowest seed above all that this fault was run with on this source. */
  nextSeed(fault: number, source: string): number {
    const seeds = this.runsOf(source).filter((run) => run.fault === fault);
    return 1 + seeds.reduce((highest, { seed }) => Math.max(highest, seed), 0);
  }
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
