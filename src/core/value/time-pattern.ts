// Java's date patterns ("yyyy-MM-dd HH:mm:ss.SSS") split into fields. Flink's functions read them by one of two classes
// that understand the letters differently:
//
//   formatter   java.time.format.DateTimeFormatter: DATE_FORMAT of a timestamp, TO_TIMESTAMP, TO_TIMESTAMP_LTZ
//   simple      java.text.SimpleDateFormat: DATE_FORMAT of a text, FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE
//
// The planner asks whether a pattern can be run; operators/ format and parse by it. Names of months and days are English.

export type PatternDialect = "formatter" | "simple";

/** A field (letter and width), or literal text where the letter is "". */
export interface PatternToken {
  readonly letter: string;
  readonly width: number;
  readonly literal: string;
}

export type TimePattern =
  | { readonly ok: true; readonly tokens: readonly PatternToken[] }
  /** "invalid": Java refuses it; "unsupported": Java has it, we do not. */
  | { readonly ok: false; readonly kind: "invalid" | "unsupported"; readonly problem: string };

type Problem = Extract<TimePattern, { ok: false }>;

/** Longest run of each letter; runs that Java refuses or that mean something else are left out. */
const WIDTHS: Readonly<Record<PatternDialect, Readonly<Record<string, number>>>> = {
  formatter: {
    y: 4,
    u: 4,
    M: 4,
    L: 4,
    d: 2,
    D: 3,
    E: 4,
    e: 4,
    a: 1,
    H: 2,
    h: 2,
    K: 2,
    k: 2,
    m: 2,
    s: 2,
    S: 9,
    n: 9,
  },
  simple: {
    y: 9,
    M: 9,
    L: 9,
    d: 9,
    D: 9,
    E: 9,
    a: 9,
    u: 9,
    H: 9,
    h: 9,
    K: 9,
    k: 9,
    m: 9,
    s: 9,
    S: 9,
  },
};

/** All letters that Java knows. */
const LETTERS: Readonly<Record<PatternDialect, string>> = {
  formatter: "GuyYQqMLwWdEecaHhKkmsSAnNVvzOXxZpDFgB",
  simple: "GyYMLwWDdFEuaHkKhmsSzZX",
};

/** Longest run that Java takes, of those letters whose run is bounded in `WIDTHS`; 19 without an entry. */
const JAVA_WIDTHS: Readonly<Record<string, number>> = {
  M: 5,
  L: 5,
  E: 5,
  e: 5,
  d: 2,
  D: 3,
  a: 1,
  H: 2,
  h: 2,
  K: 2,
  k: 2,
  m: 2,
  s: 2,
  S: 9,
};

const HINTS: Readonly<Record<string, string>> = {
  Y: "Y is the year of a week; the year is y",
};

/** Splits a pattern; the problem names the letter, one that Java refuses before one that we do. */
export function readTimePattern(pattern: string, dialect: PatternDialect): TimePattern {
  const tokens: PatternToken[] = [];
  let unsupported: Problem | undefined;
  for (let index = 0; index < pattern.length;) {
    const part = readPart(pattern, index, dialect);
    if ("ok" in part.token) {
      if (part.token.kind === "invalid") return part.token;
      unsupported ??= part.token;
    } else tokens.push(part.token);
    index = part.end;
  }
  return unsupported ?? { ok: true, tokens };
}

interface Part {
  readonly token: PatternToken | Problem;
  readonly end: number;
}

function readPart(pattern: string, index: number, dialect: PatternDialect): Part {
  const letter = pattern.charAt(index);
  let end = index + 1;
  if (letter === "'") {
    const close = quoteEnd(pattern, index);
    if (close === undefined) return { token: invalid("a quote is not closed"), end };
    const text = pattern.slice(index + 1, close).replaceAll("''", "'");
    return { token: { letter: "", width: 0, literal: text === "" ? "'" : text }, end: close + 1 };
  }
  if (/[A-Za-z]/.test(letter)) {
    while (pattern.charAt(end) === letter) end++;
    const problem = letterProblem(letter, end - index, dialect);
    return { token: problem ?? { letter, width: end - index, literal: "" }, end };
  }
  if (dialect === "formatter" && "[]{}#".includes(letter)) {
    const problem = `${letter} is not supported in a date pattern`;
    const kind = "{}#".includes(letter) ? "invalid" : "unsupported";
    return { token: { ok: false, kind, problem }, end };
  }
  return { token: { letter: "", width: 0, literal: letter }, end };
}

/** What keeps a pattern from reading texts, beyond what keeps it from writing them; undefined when nothing does. */
export function readingProblem(
  tokens: readonly PatternToken[],
  dialect: PatternDialect,
): string | undefined {
  const has = (letters: string): boolean =>
    tokens.some(({ letter }) => letter !== "" && letters.includes(letter));
  if (dialect === "formatter") return has("en") ? "e and n cannot be read" : undefined;
  if (has("u")) return "the number of a day of the week cannot be read";
  if (tokens.some(({ letter, width }) => letter === "y" && width < 3)) {
    return "the century of a year of two digits depends on the day of reading: write yyyy";
  }
  if (has("E") && !has("dD")) return "a day of the week tells no date without d";
  if (has("D") && has("dML")) return "D does not go with d and M";
  return has("Hk") && has("hK") ? "H and h do not go together" : undefined;
}

function invalid(problem: string): Problem {
  return { ok: false, kind: "invalid", problem };
}

function letterProblem(
  letter: string,
  width: number,
  dialect: PatternDialect,
): Problem | undefined {
  const most = WIDTHS[dialect][letter];
  const isKnown = LETTERS[dialect].includes(letter);
  if (most === undefined) {
    const hint = HINTS[letter];
    const problem = `the letter ${letter} is not supported in a date pattern${hint === undefined ? "" : `: ${hint}`}`;
    return isKnown ? { ok: false, kind: "unsupported", problem } : invalid(problem);
  }
  if (width <= most) return undefined;
  const problem = `${letter.repeat(width)} is not supported in a date pattern`;
  const isTaken = dialect === "simple" || width <= (JAVA_WIDTHS[letter] ?? 19);
  return isTaken ? { ok: false, kind: "unsupported", problem } : invalid(problem);
}

function quoteEnd(pattern: string, start: number): number | undefined {
  for (let index = start + 1; index < pattern.length; index++) {
    if (pattern.charAt(index) !== "'") continue;
    if (pattern.charAt(index + 1) !== "'" || index === start + 1) return index;
    index++;
  }
  return undefined;
}

export const MONTH_NAMES: readonly string[] =
  "January February March April May June July August September October November December".split(
    " ",
  );
/** From Monday. */
export const DAY_NAMES: readonly string[] =
  "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
