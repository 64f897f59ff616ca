#!/usr/bin/env node
// CLI entry: Node version check, arguments, exit codes. Every command lives in its own file under cli/ and is
// imported only when it runs, so that `headrace sql` never loads SQLite and an old Node never loads it at all
// (better-sqlite3 would crash it).
//
// Exit codes: 0 fine, 1 failed on data or at run time, 2 refused before running (usage, unreadable input, SQL),
// 74 fsync failed, 78 refused configuration (gateway.yaml and every rule or profile it names).

import { Command, CommanderError } from "commander";

import type { DemoOptions } from "./cli/demo.ts";
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
      const { run } = await import("./cli/run.ts");
      exitCode = await run(options);
    });
  program
    .command("demo")
    .description("the embedded default: own MQTT listener, simulated devices, rules, alarms, page")
    .option("--kafka <host:port>", "forward rows and alarms to this Kafka broker")
    .action(async (options: DemoOptions) => {
      const { demo } = await import("./cli/demo.ts");
      exitCode = await demo(options);
    });
  program
    .command("sql")
    .description("run a rule over files and print its rows as JSON lines")
    .argument("<rule.sql>", "tables, views and one or more SELECT or INSERT statements")
    .requiredOption(
      "-i, --input <[table=]file.jsonl...>",
      "events in arrival order, one JSON payload a line; may be repeated",
    )
    .action(async (rule: string, options: SqlOptions) => {
      const { sql } = await import("./cli/sql.ts");
      exitCode = await sql(rule, options);
    });

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
