// What gateway tests share: a configuration in a folder, lives of the gateway on it, and what it says of itself.

import { join } from "node:path";
import type { TestContext } from "node:test";

import { READINGS } from "../engine/kit.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import type { TestClientOptions } from "../kit/mqtt-client.ts";
import { folderWith, Program } from "./process.ts";
import type { ReadyLine } from "./process.ts";

/** Prints every reading. */
export const PRINT_RULE: string =
  READINGS +
  `CREATE TABLE shown (device STRING, seq BIGINT, v DOUBLE) WITH ('connector' = 'print');
   INSERT INTO shown SELECT device, seq, v FROM readings;`;

/** The same without identity. */
export const ANONYMOUS_RULE: string = PRINT_RULE.replace(
  /,\s*'identity\.key' = 'device', 'identity\.sequence' = 'seq'/,
  "",
);

export interface SiteOptions {
  /** Texts by name; default: PRINT_RULE as `shown`. */
  readonly rules?: Readonly<Record<string, string>>;
  /** More of gateway.yaml. */
  readonly yaml?: string;
  /** Keys of the listener, in flow style. */
  readonly listener?: string;
  readonly listen?: string;
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A gateway's folder, and its lives one after another. */
export class Site {
  readonly folder: string;
  readonly #context: Pick<TestContext, "after">;

  constructor(context: Pick<TestContext, "after">, options: SiteOptions = {}) {
    const { rules = { shown: PRINT_RULE }, yaml = "", listener, listen, files = {} } = options;
    const more = listener === undefined ? "" : `, ${listener}`;
    this.#context = context;
    this.folder = folderWith(context, {
      "gateway.yaml": `gateway: {id: test}
mqtt:
  - {name: direct, listen: "${listen ?? "127.0.0.1:0"}"${more}}
rules: [rules/*.sql]
http: {listen: "127.0.0.1:0"}
${yaml}`,
      ...files,
      ...Object.fromEntries(
        Object.entries(rules).map(([name, text]) => [`rules/${name}.sql`, text]),
      ),
    });
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** Starts it; it may not be ready yet. */
  start(env: Readonly<Record<string, string>> = {}): Life {
    return new Life(this.#context, this.folder, env);
  }

  async ready(env: Readonly<Record<string, string>> = {}): Promise<Life> {
    const life = this.start(env);
    await life.ready;
    return life;
  }
}

/** One run of the gateway. */
export class Life {
  readonly program: Program;
  readonly ready: Promise<ReadyLine>;

  constructor(
    context: Pick<TestContext, "after">,
    folder: string,
    env: Readonly<Record<string, string>>,
  ) {
    const args = ["run", "-c", join(folder, "gateway.yaml")];
    this.program = new Program(context, args, { env });
    this.ready = this.program.ready();
    // Reported where it is awaited, if anywhere.
    this.ready.catch(() => undefined);
  }

  /** A connection to the direct listener. */
  async device(options: Omit<TestClientOptions, "port"> = {}): Promise<TestClient> {
    const { mqtt } = await this.ready;
    return TestClient.connect({ port: Number(mqtt[0]?.listen?.split(":").at(-1)), ...options });
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { http } = await this.ready;
    const response = await fetch(`http://${http ?? ""}${path}`, {
      headers: { connection: "close" },
    });
    return { status: response.status, text: await response.text() };
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.get(path)).text) as Record<string, unknown>;
  }

  /** The value of a series by its full name with labels; undefined when there is none. */
  async metric(series: string): Promise<number | undefined> {
    const { text } = await this.get("/metrics");
    const line = text.split("\n").find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Rows of `print` tables so far. */
  rows(): unknown[] {
    return this.program.stdout.all
      .filter((line) => line.startsWith('{"into"'))
      .map((line) => (JSON.parse(line) as { row: unknown }).row);
  }
}

/** The payload of a reading. */
export function payload(device: string, seq: number, v: number): string {
  return JSON.stringify({ device, seq, ts: 1_767_225_600_000 + seq * 1000, v });
}
