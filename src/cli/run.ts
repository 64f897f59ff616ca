// `headrace run`: configuration and rules are refused before anything starts (exit 78), then the gateway runs until
// a signal. SIGTERM or SIGINT: an orderly stop, exit 0 within 8 s. stdout has the `ready` line and the rows of
// `print` tables; logs go to stderr.

import { checkFormats, checkSinks, checkTables } from "../config/gateway-checks.ts";
import { checkPublished } from "../config/home-assistant/published-checks.ts";
import { loadGatewayConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/gateway.ts";
import { profileTables } from "../config/profile-tables.ts";
import { schemaOptions } from "../config/schema-files.ts";
import { systemClock } from "../core/clock.ts";
import { formatError, GatewayError } from "../core/errors.ts";
import { armedPoints } from "../core/fault-points.ts";
import { planRules } from "../engine/rule-set.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import { checkSource } from "../engine/source-check.ts";
import { Gateway } from "../gateway.ts";
import type { Ready } from "../gateway/options.ts";
import { createLogger } from "./log.ts";
import { packageVersion } from "./version.ts";

export interface RunOptions {
  readonly config: string;
}

/** BSD sysexits EX_CONFIG. */
const EXIT_CONFIG = 78;
const EXIT_RUNTIME = 1;
/** After this the process ends whatever still hangs: a thread in a stalled fsync, a socket. */
const STOP_MS = 7000;

export async function run(options: RunOptions): Promise<number> {
  const planned = plan(options.config);
  if (planned === undefined) return EXIT_CONFIG;
  return runGateway(planned, {
    tap: false,
    onReady: (ready) => writeLine(JSON.stringify(ready)),
    onLine: writeLine,
  });
}

export interface Planned {
  readonly loaded: LoadedConfig;
  readonly ruleSet: RuleSet;
}

/** Loads and plans everything; on a refusal says why on stderr and gives undefined. */
export function plan(file: string): Planned | undefined {
  try {
    const loaded = loadGatewayConfig(file);
    const ruleSet = planRules(loaded.rules, loaded.profiles.flatMap(profileTables), {
      contentIn: schemaOptions,
      zone: loaded.config.sql.localTimeZone,
    });
    for (const table of ruleSet.tables) checkSource(table);
    const tables = ruleSet.tables.map(({ table }) => table);
    const sinks = ruleSet.rules.map(({ sink }) => sink);
    checkTables(tables, loaded.config);
    checkSinks(sinks, loaded.config);
    checkPublished(loaded.profiles, ruleSet.rules);
    checkFormats([...tables, ...sinks], loaded.config);
    return { loaded, ruleSet };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.blame !== "config") throw error;
    process.stderr.write(`${formatError(error)}\n`);
    return undefined;
  }
}

export interface GatewayRun {
  readonly tap: boolean;
  onReady(ready: Ready): void;
  onLine(line: string): void;
  /** Before the gateway stops. */
  onStop?(): void;
}

/** Runs until a signal or a fatal error; resolves with the exit code. */
export async function runGateway({ loaded, ruleSet }: Planned, host: GatewayRun): Promise<number> {
  const logger = createLogger(loaded.config.log.level);
  for (const point of armedPoints()) logger.warn("a fault point is armed", { point });
  for (const { name, query } of ruleSet.rules) {
    if (query.edgeOnly.length === 0) continue;
    logger.info("a rule has edge-only semantics", { rule: name, because: query.edgeOnly });
  }
  // More than one may come: a terminal signals the whole group, and npm passes it on besides.
  const stopped = new Promise<undefined>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => resolve(undefined));
  });
  const gateway = new Gateway({
    config: loaded.config,
    profiles: loaded.profiles,
    ruleSet,
    version: packageVersion(),
    logger,
    clock: systemClock,
    tap: host.tap,
    onLine: host.onLine,
    onFatal: (exitCode) => process.exit(exitCode),
  });
  try {
    const ready = await Promise.race([gateway.start(), stopped]);
    if (ready !== undefined) host.onReady(ready);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    process.stderr.write(`${formatError(error)}\n`);
    return error.blame === "config" ? EXIT_CONFIG : EXIT_RUNTIME;
  }
  await stopped;
  setTimeout(cutOff, STOP_MS).unref();
  host.onStop?.();
  if (!(await gateway.stop())) cutOff();
  return 0;
}

/** Ends the process with 0. `process.exit` would wait for a thread that hangs in a system call; exec does not. */
function cutOff(): void {
  process.emit("exit", 0);
  process.execve?.(process.execPath, [process.execPath, "-e", ""], {});
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
