// A week without Kafka on virtual time, as fault 28 runs it in a process of its own: the verdict as JSON on stdout, progress
// on stderr. By hand: npm run faults -- --fault 28 --verbose

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Site } from "./site.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
  },
});
const root = mkdtempSync(join(tmpdir(), "headrace-offline-"));
try {
  const site = new Site({
    root,
    seed: Number(values.seed),
    hours: Number(values.hours),
    log: (text) => process.stderr.write(`${text}\n`),
  });
  process.stdout.write(`${JSON.stringify(await site.run())}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
