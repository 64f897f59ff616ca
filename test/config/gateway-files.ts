// Configurations in temporary folders.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

import type { LoadedConfig } from "../../src/config/gateway.ts";
import { loadGatewayConfig } from "../../src/config/load.ts";
import { formatError, GatewayError } from "../../src/core/errors.ts";

/** The smallest configuration. */
export const SMALL = `gateway: {id: gw1}
mqtt:
  - {name: direct, listen: "127.0.0.1:1884"}
`;

/** A temporary folder with these files; gone after the test. */
export function folder(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "headrace-config-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text, { mode: 0o600 });
  }
  return root;
}

/** Loads this gateway.yaml with these files beside it. */
export function load(
  context: TestContext,
  yaml: string,
  files: Record<string, string> = {},
): LoadedConfig {
  return loadGatewayConfig(
    join(folder(context, { ...files, "gateway.yaml": yaml }), "gateway.yaml"),
  );
}

/** The refusal as the user sees it, the folder's name left out. */
export function refusal(
  context: TestContext,
  yaml: string,
  files: Record<string, string> = {},
): string {
  const root = folder(context, { ...files, "gateway.yaml": yaml });
  try {
    loadGatewayConfig(join(root, "gateway.yaml"));
  } catch (error) {
    assert.ok(error instanceof GatewayError, String(error));
    assert.equal(error.blame, "config");
    return formatError(error).replaceAll(`${root}/`, "");
  }
  return assert.fail("it was accepted");
}
