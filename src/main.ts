#!/usr/bin/env node
// CLI entry: Node version check, arguments, exit codes. Every command lives in its own file under cli/ and is
// imported only when it runs, so that `headrace sql` never loads SQLite and an old Node never loads it at all
// (better-sqlite3 would crash it).
//
// Exit codes: 0 fine, 1 failed on data or at run time, 2 refused before running (usage, unreadable input, SQL),
// 74 fsync failed, 78 refused configuration (gateway.yaml and every rule or profile it names).

import { setFlagsFromString } from "node:v8";

import { Command, CommanderError } from "commander";

import type { BacktestOptions } from "./cli/backtest.ts";
import type { ControlOptions, ResumeOptions } from "./cli/control.ts";
import type { DemoOptions } from "./cli/demo.ts";
import type { FunctionsOptions } from "./cli/functions.ts";
import type { DecodeOptions } from "./cli/profile/decode.ts";
import type { ExportOptions } from "./cli/profile/export.ts";
import type { ImportOptions } from "./cli/profile/import.ts";
import type { LintOptions } from "./cli/profile/lint.ts";
import type { ShowOptions } from "./cli/profile/show.ts";
import type { RunOptions } from "./cli/run.ts";
import type { SqlOptions } from "./cli/sql.ts";
import { packageVersion } from "./cli/version.ts";
import { formatError, GatewayError } from "./core/errors.ts";

const EXIT_RUNTIME = 1;
const EXIT_REFUSED = 2;

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `headrace needs Node.js 24 or newer, this is ${process.versions.node}\n` +
      "  Install Node 24, or run it through its npm scripts, which bring their own.\n",
  );
  process.exit(EXIT_RUNTIME);
}

// Whoever read our output has gone: that ends no gateway.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("headrace")
    .description(
      "Streaming runtime for IoT edge gateways: MQTT in, Flink SQL, exactly once into Kafka.",
    )
    .version(packageVersion(), "--version")
    .exitOverride()
    .showSuggestionAfterError();

  program
    .command("run")
    .description("run the gateway")
    .requiredOption("-c, --config <file>", "gateway.yaml")
    .action(async (options: RunOptions) => {
      boundYoungGeneration();
      const { run } = await import("./cli/run.ts");
      exitCode = await run(options);
    });
  program
    .command("demo")
    .description("the embedded default: own MQTT listener, simulated devices, rules, alarms, page")
    .option("--kafka <host:port>", "forward rows and alarms to this Kafka broker")
    .action(async (options: DemoOptions) => {
      boundYoungGeneration();
      const { demo } = await import("./cli/demo.ts");
      exitCode = await demo(options);
    });
  addControlCommands(program, (code) => (exitCode = code));
  addBacktest(program, (code) => (exitCode = code));
  addSqlCommands(program, (code) => (exitCode = code));
  addProfileCommands(program, (code) => (exitCode = code));

  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_REFUSED;
    if (error instanceof GatewayError && error.blame !== "bug") {
      process.stderr.write(`${formatError(error)}\n`);
      return error.blame === "config" ? EXIT_REFUSED : EXIT_RUNTIME;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_RUNTIME;
  }
  return exitCode;
}

function addBacktest(program: Command, exit: (code: number) => void): void {
  program
    .command("backtest")
    .description("run a rule over the gateway's journal and print the rows it would have put out")
    .argument("<rule.sql>", "tables, views and one or more SELECT or INSERT statements")
    .requiredOption("-c, --config <file>", "the gateway's gateway.yaml")
    .option("--since <duration>", "how far back, such as 12h or 2d; default: all that is kept")
    .option("--diff", "only what differs from the rule in force of the same name or sink")
    .option("--json", "each row with its rule, and what was covered as the last line")
    .action(async (rule: string, options: BacktestOptions) => {
      const { backtest } = await import("./cli/backtest.ts");
      exit(await backtest(rule, options));
    });
}

/** Commands that need no gateway. */
function addSqlCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("sql")
    .description("run a rule over files and print its rows as JSON lines, or explain it")
    .argument("<rule.sql>", "tables, views and one or more SELECT or INSERT statements")
    .option(
      "-i, --input <[table=]file.jsonl...>",
      "events in arrival order, one JSON payload a line; may be repeated",
    )
    .option("-c, --config <gateway.yaml>", "its device profiles are tables, events their rows")
    .option("--explain", "show the plan: what is read and decoded, windows, keys, state")
    .option("--json", "with --explain: as one line of JSON")
    .action(async (rule: string, options: SqlOptions) => {
      const { sql } = await import("./cli/sql.ts");
      exit(await sql(rule, options));
    });
  program
    .command("functions")
    .description("list the functions and operators of SQL, and what is refused")
    .option("--json", "as one line of JSON")
    .action(async (options: FunctionsOptions) => {
      const { functions } = await import("./cli/functions.ts");
      exit(functions(options));
    });
}

/** Device profiles: files, or names of those that come with headrace. */
function addProfileCommands(program: Command, exit: (code: number) => void): void {
  const profile = program
    .command("profile")
    .description("device profiles: import, check, show, try");
  profile
    .command("lint")
    .description("check profiles and their examples")
    .argument("<file...>", "profiles")
    .option("--json", "the problems of each file, as one line of JSON")
    .action(async (files: readonly string[], options: LintOptions) => {
      const { lint } = await import("./cli/profile/lint.ts");
      exit(lint(files, options));
    });
  profile
    .command("show")
    .description("the table of a profile: columns, units, topics, watermark, identity")
    .argument("<profile>", "its file or name")
    .option("--json", "as one line of JSON")
    .action(async (name: string, options: ShowOptions) => {
      const { show } = await import("./cli/profile/show.ts");
      exit(show(name, options));
    });
  profile
    .command("decode")
    .description("the rows of a payload, and the meaning of each byte of a binary frame")
    .argument("<profile>", "its file or name")
    .argument("<payload>", "JSON or other text as it is, binary formats in hexadecimal digits")
    .option("--topic <topic>", "the topic it came to")
    .option("--received <time>", "when it came, such as 2026-01-01T00:00:00Z; default: now")
    .option("--json", "rows, bytes and the reason of a dead letter as one line of JSON")
    .action(async (name: string, payload: string, options: DecodeOptions) => {
      const { decode } = await import("./cli/profile/decode.ts");
      exit(decode(name, payload, options));
    });
  addProfileExchange(profile, exit);
  profile
    .command("schema")
    .description("the JSON Schema of profiles, for editors")
    .action(async () => {
      const { schema } = await import("./cli/profile/schema.ts");
      exit(schema());
    });
}

/** What profiles are to others, and others to profiles. */
function addProfileExchange(profile: Command, exit: (code: number) => void): void {
  profile
    .command("export")
    .description("a profile for others: flink, avro, json-schema, markdown or homeassistant")
    .argument(
      "<format>",
      "flink: CREATE TABLE for the cluster; avro, json-schema; markdown: a page; homeassistant: the discovery of a device",
    )
    .argument("<profile>", "its file or name")
    .option(
      "--topic <topic>",
      "flink: the Kafka topic, default the profile's name; homeassistant: a device's topic",
    )
    .option("--brokers <host:port>", "flink: the cluster's bootstrap servers")
    .option("--prefix <topic>", "homeassistant: its discovery prefix; default: homeassistant")
    .action(async (format: string, name: string, options: ExportOptions) => {
      const { exportProfile } = await import("./cli/profile/export.ts");
      exit(exportProfile(format, name, options));
    });
  profile
    .command("import")
    .description("profiles of the devices that EdgeX, Zigbee2MQTT or Homie knows")
    .argument("<system>", "edgex, zigbee2mqtt or homie")
    .argument("[file]", "a device profile of EdgeX, bridge/devices of Zigbee2MQTT, topics of Homie")
    .option("--broker <url>", "read what a broker retains: mqtt://[user:password@]host:1883")
    .option("--base <topic>", "what the topics begin with; default: the system's name")
    .option("--out <folder>", "a file per profile; default: stdout")
    .action(async (system: string, file: string | undefined, options: ImportOptions) => {
      const { importProfiles } = await import("./cli/profile/import.ts");
      exit(await importProfiles(system, file, options));
    });
}

/** Commands to a gateway that runs. */
function addControlCommands(program: Command, exit: (code: number) => void): void {
  const add = (parent: Command, name: string): Command =>
    parent
      .command(name)
      .requiredOption("-c, --config <file>", "the gateway's gateway.yaml")
      .option("--json", "print what the gateway answers");
  add(program, "status")
    .description("what the gateway does")
    .action(async (options: ControlOptions) => {
      const { showStatus } = await import("./cli/control.ts");
      exit(await showStatus(options));
    });
  const uplink = program.command("uplink").description("the gateway's way to Kafka");
  add(uplink, "resume")
    .description("forward again though another copy of this gateway has; or end a rollback")
    .option("--final", "end a rollback though it waits for devices that do not come back")
    .action(async (options: ResumeOptions) => {
      const { resumeUplink } = await import("./cli/control.ts");
      exit(await resumeUplink(options));
    });
}

/**
 * Keeps the young generations of all threads at their first size. What batches leave behind dies at once: growing
 * would cost 40 MiB and gain nothing. V8 reads this flag at each growth, so it need not be on the command line, but
 * must be set before the configuration is read.
 */
function boundYoungGeneration(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
