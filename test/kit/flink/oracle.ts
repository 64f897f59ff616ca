// A real Flink that answers what rows a SQL text gives over events: one long-lived JVM, cases as JSON lines over its
// stdin and stdout, a few of them at a time. Several oracles may run side by side.
//
// When the JVM dies, what it had been asked is asked again in a new one, case by case; if that dies too, or if a case
// takes longer than its limit, the answer says so and the next case gets a new JVM. The JVM is also renewed now and
// then: every case leaves generated classes behind.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { endProcess, spawnGuarded } from "../child.ts";
import { javaCommand } from "../services.ts";
import { installOracle } from "./install.ts";

const START_LIMIT_MS = 120_000;
const CASE_LIMIT_MS = 60_000;
/** What planning may take beside the job. */
const PLAN_LIMIT_MS = 60_000;
const CASES_PER_JVM = 600;
const STDERR_CHARACTERS = 4000;

/** A column of Flink's answer: its name and SQL type, as Flink prints it. */
export interface OracleColumn {
  readonly name: string;
  readonly type: string;
}

export interface OracleCase {
  readonly sql: string;
  /** Payloads in order of arrival; with several tables each has a "$table". */
  readonly lines: readonly string[];
  /** golden: WatermarkAssigner and one-phase aggregation; pushed: watermarks in the source, two phases. */
  readonly variant?: "golden" | "pushed";
  /** Event by event through the whole job; by default when there are several inputs. */
  readonly settle?: boolean;
  readonly config?: Readonly<Record<string, string>>;
}

/** rejected: before anything ran, or not append-only; fails: accepted, then the job died on the data. */
export type OracleAnswer =
  | {
      readonly outcome: "rows";
      readonly flink: string;
      /** Canonical JSON, sorted as text. */
      readonly rows: readonly string[];
      readonly columns: readonly OracleColumn[];
    }
  | { readonly outcome: "rejected"; readonly flink: string; readonly error: string }
  | { readonly outcome: "fails"; readonly flink: string; readonly error: string }
  | { readonly outcome: "timeout" }
  | { readonly outcome: "crash" };

/** Starts on the first case; `close` ends it. */
export class FlinkOracle {
  /** The JVM that takes the next case. */
  #current: Promise<Jvm> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #pid: number | undefined;

  /** The process that was started last; it may be gone. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Runs a case; several may be asked for at once. Rejects when no JVM can be started. */
  async ask(oracleCase: OracleCase): Promise<OracleAnswer> {
    const request = JSON.stringify({ ...oracleCase, limitMs: CASE_LIMIT_MS });
    const asked = this.#last.then(async () => {
      const jvm = await this.#next();
      return { answer: jvm.ask(request) };
    });
    this.#last = asked.catch(() => undefined);
    const text = await (await asked).answer;
    return text === undefined ? this.#askAlone(request) : answerOf(text);
  }

  async close(): Promise<void> {
    await this.#last;
    const jvm = await this.#current?.catch(() => undefined);
    await jvm?.end();
  }

  /** The JVM died: of which case, nobody knows. */
  #askAlone(request: string): Promise<OracleAnswer> {
    const alone = this.#last.then(async () => {
      const jvm = await this.#next();
      await jvm.drained();
      return (await jvm.ask(request)) ?? "crash";
    });
    this.#last = alone.catch(() => undefined);
    return alone.then(answerOf);
  }

  async #next(): Promise<Jvm> {
    const jvm = await this.#current;
    if (jvm !== undefined && !jvm.isOver && jvm.asked < CASES_PER_JVM) return jvm;
    await jvm?.drained();
    await jvm?.end();
    this.#current = Jvm.start();
    const started = await this.#current;
    this.#pid = started.pid;
    return started;
  }
}

function answerOf(text: string): OracleAnswer {
  return text === "timeout" || text === "crash"
    ? { outcome: text }
    : (JSON.parse(text) as OracleAnswer);
}

type Answered = (text: string | undefined) => void;

class Jvm {
  asked = 0;
  isOver = false;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** Cases without an answer, in order, and who waits for none to be left. */
  readonly #waiting: Answered[] = [];
  readonly #idle: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stderr = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null || child.stderr === null) throw new Error("pipes are wanted");
    this.#lines = linesOf(child.stdout);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    // A broken pipe shows as the end of stdout, too.
    child.stdin?.on("error", () => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  static async start(): Promise<Jvm> {
    const child = spawnGuarded(javaCommand(), jvmArguments(installOracle()), {
      cwd: tmpdir(),
      stdio: "pipe",
    });
    await once(child, "spawn");
    const jvm = new Jvm(child);
    const limit = setTimeout(() => child.kill("SIGKILL"), START_LIMIT_MS);
    const ready = await jvm.#lines.next();
    clearTimeout(limit);
    if (ready.done === true) {
      await jvm.end();
      throw new Error(`the Flink oracle did not start:\n${jvm.#stderr}`);
    }
    void jvm.#read();
    return jvm;
  }

  /** The line that answers `request`, or "timeout"; undefined when the JVM died. */
  ask(request: string): Promise<string | undefined> {
    if (this.isOver) return Promise.resolve(undefined);
    this.asked++;
    this.#child.stdin?.write(`${request}\n`);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#expect();
    });
  }

  /** Settles when no case is without an answer. */
  drained(): Promise<void> {
    return this.#waiting.length === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  async end(): Promise<void> {
    await endProcess(this.#child, "SIGKILL");
  }

  async #read(): Promise<void> {
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) {
      this.#answer(next.value);
      this.#expect();
    }
    this.isOver = true;
    while (this.#waiting.length > 0) this.#answer(undefined);
    clearTimeout(this.#timer);
  }

  #answer(text: string | undefined): void {
    this.#waiting.shift()?.(text);
    if (this.#waiting.length > 0) return;
    for (const settle of this.#idle.splice(0)) settle();
  }

  /** Waits for the next answer; one that takes too long ends the JVM. */
  #expect(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#answer("timeout");
      this.isOver = true;
      void this.end();
    }, CASE_LIMIT_MS + PLAN_LIMIT_MS);
  }
}

/** Lines end at a line feed only: an answer may hold U+2028, at which node:readline would cut it. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Flink reflects into these packages of the JDK. */
const OPENED =
  "lang lang.reflect io net nio math text time util util.concurrent util.concurrent.atomic util.concurrent.locks";

function jvmArguments(classPath: string): string[] {
  return [
    "-Xmx1g",
    "-XX:+ExitOnOutOfMemoryError",
    // The quick compiler alone: a case is over before another pays.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    // Every case leaves compiled code behind; when it is full, nothing is compiled any more.
    "-XX:ReservedCodeCacheSize=240m",
    "-XX:+DisplayVMOutputToStderr",
    "-Duser.timezone=UTC",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Dfile.encoding=UTF-8",
    ...OPENED.split(" ").map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
    "-cp",
    classPath,
    "headrace.oracle.Server",
  ];
}
