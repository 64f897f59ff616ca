// `headrace run`: configuration and rules are refused before anything starts (exit 78), then the gateway runs until
// a signal. SIGTERM or SIGINT: an orderly stop, exit 0 within 8 s. stdout has the `ready` line and the rows of
// `print` tables; logs go to stderr.

import { checkTables } from "../config/gateway-checks.ts";
import { loadGatewayConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/gateway.ts";
import { profileTable } from "../config/profile-table.ts";
import { systemClock } from "../core/clock.ts";
import { formatError, GatewayError } from "../core/errors.ts";
import { armedPoints } from "../core/fault-points.ts";
import { planRules } from "../engine/rule-set.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import { checkSource } from "../engine/source-check.ts";
import { Gateway } from "../gateway.ts";
import type { Ready } from "../gateway.ts";
import { createLogger } from "./log.ts";
import { packageVersion } from "./version.ts";

export interface RunOptions {
  readonly config: string;
}

/** BSD sysexits EX_CONFIG. */
const EXIT_CONFIG = 78;
const EXIT_RUNTIME = 1;
/** After this the process ends whatever still hangs: a thread in a stalled fsync, a socket. */
const STOP_MS = 7500;

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
    const ruleSet = planRules(loaded.rules, loaded.profiles.map(profileTable));
    for (const table of ruleSet.tables) checkSource(table);
    checkTables(
      ruleSet.tables.map(({ table }) => table),
      loaded.config,
    );
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
  let end: (exitCode: number) => void = () => {};
  const ended = new Promise<number>((resolve) => (end = resolve));
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
  const onSignal = (): void => end(0);
  process.once("SIGTERM", onSignal);
  process.once("SIGINT", onSignal);
  try {
    host.onReady(await gateway.start());
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    process.stderr.write(`${formatError(error)}\n`);
    return error.blame === "config" ? EXIT_CONFIG : EXIT_RUNTIME;
  }
  const exitCode = await ended;
  setTimeout(() => process.exit(exitCode), STOP_MS).unref();
  host.onStop?.();
  await gateway.stop();
  return exitCode;
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
