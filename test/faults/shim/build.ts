// Compiles the shim and says how to put it in front of the C library.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

import { ROOT } from "../../kit/repository.ts";

const SOURCES = ["calls.c", "failures.c", "journal.c"].map((name) =>
  join(import.meta.dirname, name),
);
const LIBRARY = join(ROOT, "target/faults/shim.so");

let built = false;

/** Calls that fail, and how: any of write, name (create, rename, remove), open for writing, sync. */
export interface Failing {
  readonly calls: readonly (keyof typeof LETTERS)[];
  readonly error: keyof typeof constants.errno;
}

const LETTERS = { write: "w", name: "n", open: "o", sync: "s" } as const;

export interface ShimOptions {
  /** Absolute path of the watched folder. */
  readonly folder: string;
  /** File for the journal; default: none is written. */
  readonly journal?: string;
  /** The process kills itself at this record; default: never. */
  readonly cutAt?: number | undefined;
  /** Of such calls, `count` from the `first`-th on fail. */
  readonly fail?: Failing & { readonly first: number; readonly count: number };
  /** A file whose text (`failingText`, `slowText`), while it exists, says which calls fail or are slow. */
  readonly switchFile?: string;
}

/** The environment under which a process is watched. Compiles the shim when first asked. */
export function shimEnvironment(options: ShimOptions): Record<string, string> {
  const { folder, journal, cutAt, fail, switchFile } = options;
  if (!built) {
    mkdirSync(join(ROOT, "target/faults"), { recursive: true });
    const warnings = ["-Wall", "-Wextra", "-Werror"];
    execFileSync("gcc", ["-O2", ...warnings, "-shared", "-fPIC", "-o", LIBRARY, ...SOURCES]);
    built = true;
  }
  return {
    LD_PRELOAD: LIBRARY,
    FAULT_FOLDER: folder,
    ...(journal === undefined ? {} : { FAULT_JOURNAL: journal }),
    ...(cutAt === undefined ? {} : { FAULT_CUT: String(cutAt) }),
    ...(fail && { FAULT_FAIL: `${callsText(fail)} ${fail.first} ${fail.count}` }),
    ...(switchFile === undefined ? {} : { FAULT_SWITCH: switchFile }),
  };
}

/** The text of the switch file for calls that fail. */
export function failingText(failing: Failing): string {
  return `${callsText(failing)} 0`;
}

/** … and for syncs that take so much longer. */
export function slowText(milliseconds: number): string {
  return `${LETTERS.sync} 0 ${milliseconds}`;
}

function callsText({ calls, error }: Failing): string {
  return `${calls.map((call) => LETTERS[call]).join("")} ${constants.errno[error]}`;
}
