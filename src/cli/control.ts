// Commands to the gateway that runs on a configuration's data folder: `headrace status`, `headrace uplink resume`.
// Results go to stdout, for a person or with --json as the gateway gave them.

import { dataFolderOf } from "../config/data-folder.ts";
import { control } from "../control/client.ts";
import { formatDuration } from "../core/duration.ts";
import type { Resumed } from "../uplink/status.ts";
import type { GatewayStatus } from "../web/status.ts";

export interface ControlOptions {
  /** A gateway.yaml; of it only the data folder is read. */
  readonly config: string;
  readonly json?: boolean;
}

/** Prints what the gateway does; exit code 0. Throws what `control` throws. */
export async function showStatus(options: ControlOptions): Promise<number> {
  const status = await ask({ command: "status" }, options);
  print(options, status, () => statusText(status as GatewayStatus));
  return 0;
}

export interface ResumeOptions extends ControlOptions {
  /** End a rollback though devices are missing. */
  readonly final?: boolean;
}

/** Ends what holds the uplink up until an operator has seen it. Throws what `control` throws. */
export async function resumeUplink(options: ResumeOptions): Promise<number> {
  const result = await ask({ command: "uplink resume", isFinal: options.final === true }, options);
  const { resumed } = result as { readonly resumed: Resumed };
  print(options, result, () => [RESUMED[resumed]]);
  return 0;
}

const RESUMED: Readonly<Record<Resumed, string>> = {
  taking_over: "This gateway forwards again; the other copy is fenced off. Switch that one off.",
  rollback_ended: "The rollback is over: rows are no longer withheld.",
  still_withholding:
    "The rollback goes on for rules whose open windows may have been sent before; the others are released. Try again later, " +
    "or with --final if they wait for devices that do not come back.",
  nothing: "Nothing to resume: no other copy forwards, and no rollback is in force.",
};

async function ask(
  request: Parameters<typeof control>[1],
  { config }: ControlOptions,
): Promise<unknown> {
  return await control(dataFolderOf(config), request);
}

function print({ json }: ControlOptions, result: unknown, text: () => readonly string[]): void {
  const lines = json === true ? [JSON.stringify(result)] : text();
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** JSON knows no undefined: what is not known is not there. */
function drained(seconds: number | undefined): string {
  return seconds === undefined ? "" : `; empty in ${formatDuration(seconds * 1000)}`;
}

function statusText({ gateway, uplink, lanes, rules, blocked, path }: GatewayStatus): string[] {
  const suspended = rules.filter((rule) => typeof rule.suspended === "string");
  const waiting = lanes.map(({ lane, rows }) => `${lane} ${rows}`).join(", ");
  return [
    `gateway   ${gateway.id}, version ${gateway.version}, up ${formatDuration(gateway.nowMs - gateway.startedAtMs)}`,
    `messages  received ${path.received}, acknowledged ${path.acknowledged}`,
    `rules     ${rules.length}, suspended ${suspended.map(({ name }) => name).join(", ") || "none"}`,
    ...(uplink == null ? ["uplink    not configured"] : [`uplink    ${uplink.state}`]),
    ...(uplink?.problem == null ? [] : [`          ${uplink.problem}`]),
    `outbox    ${waiting}${drained(uplink?.drainSeconds)}`,
    ...(blocked == null ? [] : [`blocked   ${blocked}`]),
  ];
}
