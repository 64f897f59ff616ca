// The files of a run in a temporary folder: gateway.yaml, the rules and the gateway's data.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ruleFiles } from "./scenario.ts";

export interface Workspace {
  readonly folder: string;
  /** Path of gateway.yaml. */
  readonly config: string;
  remove(): void;
}

export interface WorkspaceOptions {
  /** Port of the direct listener: the devices come back to it after every kill. */
  readonly directPort: number;
  readonly brokerPort: number;
  readonly kafka: string;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "headrace-e2e-"));
  mkdirSync(join(folder, "rules"));
  for (const [name, text] of Object.entries(ruleFiles()))
    writeFileSync(join(folder, "rules", name), text);
  const config = join(folder, "gateway.yaml");
  writeFileSync(config, gatewayYaml(options));
  return { folder, config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function gatewayYaml({ directPort, brokerPort, kafka }: WorkspaceOptions): string {
  return `gateway:
  id: e2e
data: data
mqtt:
  - name: direct
    listen: 127.0.0.1:${directPort}
  - name: broker
    url: mqtt://127.0.0.1:${brokerPort}
    clientId: headrace-e2e
rules:
  - rules/*.sql
kafka:
  brokers:
    - ${kafka}
http:
  listen: 127.0.0.1:0
log:
  level: info
`;
}
