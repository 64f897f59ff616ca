// The files of a plant's gateway in a temporary folder: gateway.yaml, the rules and the gateway's data.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scenario, Side } from "./scenario.ts";
import { ruleFiles } from "./sql.ts";

export interface WorkspaceOptions {
  readonly gatewayId: string;
  /** `direct`: of the gateway's own listener, since the devices come back to it. `broker`: of mosquitto. */
  readonly ports: Readonly<Record<Side, number>>;
  /** Addresses of brokers, separated by commas. */
  readonly kafka: string;
  /** More keys of the section `kafka`, in flow style. */
  readonly kafkaKeys?: string;
  /** More of gateway.yaml. */
  readonly yaml?: string;
}

/** Removed by `remove`. */
export class Workspace {
  readonly folder: string = mkdtempSync(join(tmpdir(), "headrace-plant-"));
  readonly #scenario: Scenario;
  readonly #options: WorkspaceOptions;

  constructor(scenario: Scenario, options: WorkspaceOptions) {
    this.#scenario = scenario;
    this.#options = options;
    mkdirSync(join(this.folder, "rules"));
    for (const [name, text] of Object.entries(ruleFiles(scenario)))
      writeFileSync(join(this.folder, "rules", name), text);
    this.configure({});
  }

  /** Path of gateway.yaml. */
  get config(): string {
    return join(this.folder, "gateway.yaml");
  }

  /** The gateway's data folder. */
  get data(): string {
    return join(this.folder, "data");
  }

  /** Writes gateway.yaml anew, for the next start. */
  configure(changes: Partial<WorkspaceOptions>): void {
    writeFileSync(this.config, gatewayYaml(this.#scenario, { ...this.#options, ...changes }));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function gatewayYaml(scenario: Scenario, options: WorkspaceOptions): string {
  const { gatewayId, ports, kafka, kafkaKeys, yaml = "" } = options;
  const brokers = kafka.split(",").map((each) => `"${each}"`);
  const kafkaSection = [
    `brokers: [${brokers.join(", ")}]`,
    `alarmTopic: ${scenario.alarmTopic}`,
    `progressTopic: ${scenario.progressTopic}`,
    ...(kafkaKeys === undefined ? [] : [kafkaKeys]),
  ];
  const sources: Readonly<Record<Side, string>> = {
    direct: `{name: direct, listen: "127.0.0.1:${ports.direct}"}`,
    broker: `{name: broker, url: "mqtt://127.0.0.1:${ports.broker}", clientId: headrace-${gatewayId}}`,
  };
  return `gateway: {id: ${gatewayId}}
data: data
mqtt: [${scenario.options.sides.map((side) => sources[side]).join(", ")}]
rules: [rules/*.sql]
kafka: {${kafkaSection.join(", ")}}
http: {listen: "127.0.0.1:0"}
log: {level: info}
${yaml}`;
}
