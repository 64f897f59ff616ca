// LIKE: % is any text, _ any character but a line terminator, everything else itself. Matched in time text × longest
// run between two %, without going back.

import { LIKE_COMPARISONS } from "../limits.ts";
import { StepsExceeded } from "./matcher.ts";

/** What stands between two %: texts, and `null` for each _. */
type Run = readonly (string | null)[];

/** A pattern, read. */
export type LikePattern =
  | { readonly kind: "equal" | "prefix" | "suffix" | "part"; readonly text: string }
  | {
      readonly kind: "runs";
      readonly runs: readonly Run[];
      /** Characters of the longest run. */
      readonly longest: number;
    };

/** Reads a pattern; undefined when an escape stands before something else than % _ or itself. */
export function parseLike(pattern: string, escape: string | undefined): LikePattern | undefined {
  const runs: (string | null)[][] = [[]];
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern.charAt(at);
    const isEscaped = character === escape;
    if (isEscaped) {
      character = pattern.charAt(++at);
      if (character !== "%" && character !== "_" && character !== escape) return undefined;
    }
    const run = runs.at(-1) ?? [];
    if (character === "%" && !isEscaped) runs.push([]);
    else if (character === "_" && !isEscaped) run.push(null);
    else if (typeof run.at(-1) === "string") run.push(`${run.pop() ?? ""}${character}`);
    else run.push(character);
  }
  return simplified(runs);
}

function simplified(runs: readonly Run[]): LikePattern {
  const [first = [], ...rest] = runs;
  const last = rest.at(-1) ?? [];
  const between = rest.slice(0, -1).filter((run) => run.length > 0);
  const texts = [first, ...between, ...(rest.length > 0 ? [last] : [])].map(textOf);
  const [head, middle = "", tail = middle] = texts;
  if (head !== undefined && !texts.includes(undefined)) {
    if (rest.length === 0) return { kind: "equal", text: head };
    if (between.length === 0 && tail === "") return { kind: "prefix", text: head };
    if (between.length === 0 && head === "") return { kind: "suffix", text: tail };
    if (between.length === 1 && head === "" && tail === "") return { kind: "part", text: middle };
  }
  const kept = rest.length === 0 ? [first] : [first, ...between, last];
  return { kind: "runs", runs: kept, longest: Math.max(...kept.map(lengthOf)) };
}

/** The text of a run without _; undefined for one with. */
function textOf(run: Run): string | undefined {
  return run.includes(null) ? undefined : (run[0] ?? "");
}

function lengthOf(run: Run): number {
  return run.reduce((sum, part) => sum + (part?.length ?? 1), 0);
}

/** Whether a text matches. Throws StepsExceeded when text × pattern is absurdly large. */
export function matchesLike(pattern: LikePattern, text: string): boolean {
  switch (pattern.kind) {
    case "equal":
      return text === pattern.text;
    case "prefix":
      return text.startsWith(pattern.text);
    case "suffix":
      return text.endsWith(pattern.text);
    case "part":
      if (text.length * pattern.text.length > LIKE_COMPARISONS) throw new StepsExceeded();
      return text.includes(pattern.text);
    case "runs":
      if (text.length * pattern.longest > LIKE_COMPARISONS) throw new StepsExceeded();
      return matchesRuns(pattern.runs, text);
  }
}

/** The first run begins the text, the last one ends it, the others follow each other as early as they can. */
function matchesRuns(runs: readonly Run[], text: string): boolean {
  const [first = [], ...rest] = runs;
  let at = endOfRun(first, text, 0);
  const last = rest.pop();
  if (at === undefined || last === undefined) return at === text.length;
  for (const run of rest) {
    at = findRun(run, text, at);
    if (at === undefined) return false;
  }
  const start = startOfRun(last, text);
  return start !== undefined && start >= at;
}

/** The end of the first occurrence at `from` or after. */
function findRun(run: Run, text: string, from: number): number | undefined {
  const [part] = run;
  if (run.length === 1 && typeof part === "string") {
    const found = text.indexOf(part, from);
    return found < 0 ? undefined : found + part.length;
  }
  for (let at = from; at <= text.length; at += unitsAt(text, at)) {
    const end = endOfRun(run, text, at);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** Where a run ends that begins at `at`. */
function endOfRun(run: Run, text: string, at: number): number | undefined {
  let end = at;
  for (const part of run) {
    if (part !== null) {
      if (!text.startsWith(part, end)) return undefined;
      end += part.length;
    } else if (end < text.length && !isTerminator(text.charCodeAt(end))) end += unitsAt(text, end);
    else return undefined;
  }
  return end;
}

/** Where a run begins that ends with the text. */
function startOfRun(run: Run, text: string): number | undefined {
  let start = text.length;
  for (const part of run.toReversed()) {
    if (part !== null) {
      if (!text.endsWith(part, start) || part.length > start) return undefined;
      start -= part.length;
    } else if (start > 0 && !isTerminator(text.charCodeAt(start - 1))) {
      start -= start > 1 && unitsAt(text, start - 2) === 2 ? 2 : 1;
    } else return undefined;
  }
  return start;
}

function unitsAt(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function isTerminator(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x85 || unit === 0x2028 || unit === 0x2029;
}
