// The program as a child process, the way a user runs it, from source under this very Node. Its output is kept line by
// line; it is ended by its own pid.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** TEST_MAIN names a build. */
const MAIN =
  process.env["TEST_MAIN"] ?? fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Halves the start of every life after the first. */
const COMPILE_CACHE = mkdtempSync(join(tmpdir(), "headrace-compiled-"));
process.once("exit", () => rmSync(COMPILE_CACHE, { recursive: true, force: true }));
/** Longer than any single wait takes on a busy machine; a test that needs more has failed. */
const PATIENCE_MS = 60_000;

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another entry than src/main.ts. */
  readonly main?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What `run` prints first. */
export interface ReadyLine {
  readonly event: "ready";
  readonly mqtt: readonly {
    readonly name: string;
    readonly listen?: string;
    readonly url?: string;
  }[];
  readonly http: string | null;
}

/** Lines as they come, and a way to wait for one. */
export class Lines {
  readonly all: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(stream: Readable) {
    const reader = createInterface({ input: stream });
    reader.on("line", (line) => {
      this.all.push(line);
      this.#wake();
    });
    reader.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The first line that `matches`, now or later. Rejects when the stream ends without one. */
  async find(matches: (line: string) => boolean): Promise<string> {
    for (let seen = 0; ;) {
      for (; seen < this.all.length; seen++) {
        const line = this.all[seen] as string;
        if (matches(line)) return line;
      }
      if (this.#ended) throw new Error(`no such line among:\n${this.all.join("\n")}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}

/** A running program; killed when the test ends, if it still runs. */
export class Program {
  readonly stdout: Lines;
  readonly stderr: Lines;
  readonly exited: Promise<Exit>;
  readonly child: ChildProcess;

  constructor(
    context: Pick<TestContext, "after">,
    args: readonly string[],
    options: ProgramOptions = {},
  ) {
    const { cwd, env = {}, main = MAIN } = options;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", main, ...args],
      {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.child = child;
    this.stdout = new Lines(child.stdout);
    this.stderr = new Lines(child.stderr);
    this.exited = once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    void this.exited.then(() => clearTimeout(timer));
    context.after(async () => {
      if (this.running) child.kill("SIGKILL");
      await this.exited;
    });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ready(): Promise<ReadyLine> {
    try {
      const line = await this.stdout.find((text) => text.startsWith('{"event":"ready"'));
      return JSON.parse(line) as ReadyLine;
    } catch (cause) {
      throw new Error(`never ready:\n${this.stderr.all.join("\n")}`, { cause });
    }
  }

  /** Sends the signal; gives how it ended, and how long that took. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit & { readonly tookMs: number }> {
    const sinceMs = performance.now();
    this.child.kill(signal);
    const exit = await this.exited;
    return { ...exit, tookMs: performance.now() - sinceMs };
  }
}

/** A folder with these files, removed with the test. */
export function folderWith(
  context: Pick<TestContext, "after">,
  files: Readonly<Record<string, string>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), "headrace-test-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}
