// The gateway as a child process, the way a user runs it: the built dist/main.js under this very Node. Its stdout is
// read for the ready line, its stderr kept for the report of a failure. Ended by its own pid only.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What is run; E2E_MAIN names another build. */
export const GATEWAY_MAIN: string =
  process.env["E2E_MAIN"] ?? fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const READY_TIMEOUT_MS = 60_000;
/** Lines of stderr kept. */
const LOG_LINES = 5_000;

/** The ready line of `headrace run`. */
export interface Ready {
  readonly mqtt: readonly {
    readonly name: string;
    readonly listen?: string;
    readonly url?: string;
  }[];
  readonly http: string | null;
}

/** How a gateway ended. `afterMs` counts from the signal, or from the start where it died by itself. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running gateway. Starts in the constructor; wait for `ready`. */
export class GatewayProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly ready: Promise<Ready>;
  /** The last lines of stderr. */
  readonly log: string[] = [];
  /** Lines at level error: data lost or a human needed. */
  readonly errors: string[] = [];
  readonly #child: ChildProcess;
  readonly #config: string;
  readonly #main: string;

  /** `main`: of another build. */
  constructor(
    config: string,
    environment: Readonly<Record<string, string>> = {},
    main: string = GATEWAY_MAIN,
  ) {
    const child = spawn(process.execPath, [main, "run", "-c", config], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (child.pid === undefined) throw new Error("the gateway did not start");
    this.#child = child;
    this.#config = config;
    this.#main = main;
    this.pid = child.pid;
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.log.push(line);
      if (isError(line)) this.errors.push(line);
      if (this.log.length > LOG_LINES) this.log.shift();
    });
    this.exited = once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    this.ready = this.#awaitReady(child);
    // A gateway that dies before it is ready is reported where `ready` is awaited, if anybody does.
    this.ready.catch(() => undefined);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops the gateway by SIGTERM, by SIGKILL after `graceMs`. Returns how it ended and how long it took. */
  async stop(graceMs = 8_000): Promise<Exit & { readonly tookMs: number }> {
    const sinceMs = performance.now();
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return { ...exit, tookMs: performance.now() - sinceMs };
  }

  /** Runs a command of its CLI on its configuration; what that prints. */
  async command(...words: string[]): Promise<string> {
    const args = [this.#main, ...words, "-c", this.#config];
    return (await promisify(execFile)(process.execPath, args)).stdout;
  }

  /** The newest log lines, for an error message. */
  tail(lines = 30): string {
    return this.log.slice(-lines).join("\n");
  }

  async #awaitReady(child: ChildProcess): Promise<Ready> {
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    const fail = (why: string): void =>
      reject(new Error(`the gateway was not ready: ${why}\n${this.tail()}`));
    const timer = setTimeout(() => fail("time-out"), READY_TIMEOUT_MS);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      if (line.startsWith('{"event":"ready"')) resolve(JSON.parse(line) as Ready);
    });
    void this.exited.then(({ code, signal }) => fail(`it ended with ${code ?? signal}`));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A line that is no JSON is Node's own report of a crash. */
function isError(line: string): boolean {
  return !line.startsWith("{") || /"level":(?:[56]0|"error"|"fatal")/.test(line);
}

/** Sums of the Prometheus families in an exposition, and single series by their full name with labels. */
export class Metrics {
  readonly #series = new Map<string, number>();

  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [, name, value] = /^([a-z_]\S*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) this.#series.set(name, Number(value));
    }
  }

  /** The sum over all series of a family whose labels contain `label` (`source="direct"`); 0 if there is none. */
  sum(family: string, label = ""): number {
    let sum = 0;
    for (const [name, value] of this.#series)
      if ((name === family || name.startsWith(`${family}{`)) && name.includes(label)) sum += value;
    return sum;
  }
}

/** Port of the first listener of a gateway that is ready. */
export async function listenPort(gateway: GatewayProcess): Promise<number> {
  const { mqtt } = await gateway.ready;
  return Number(mqtt[0]?.listen?.split(":").at(-1));
}

/** Scrapes `http://<address>/metrics`. */
export async function scrape(address: string): Promise<Metrics> {
  const response = await fetch(`http://${address}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  return new Metrics(await response.text());
}
