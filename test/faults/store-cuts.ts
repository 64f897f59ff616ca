// Power cuts over the store alone: a child that commits numbered batches loses power again and again, at any of its
// writes, those of WAL copies and deletions among them. It commits much more, and much larger things, than a plant does.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { judgeFolder, live } from "../store/crash-life.ts";
import type { Draw } from "./draw.ts";
import { PoweredFolder } from "./shim/power.ts";
import type { StoreRun } from "./store-run.ts";

/** Changes of the folder in one life, drawn so that each order of magnitude has its turn: WAL copies come late. */
const LIFE_CHANGES = [30, 300, 3_000, 30_000];

/** So many lives on one folder, each ended by a cut. Ends at the first problem. */
export async function cutStore(lives: number, draw: Draw): Promise<StoreRun> {
  const scratch = mkdtempSync(join(tmpdir(), "headrace-store-cuts-"));
  const folder = join(scratch, "data");
  const injected: Record<string, number> = {};
  let last = 0;
  try {
    for (let life = 0; life < lives; life++) {
      const power = new PoweredFolder(folder);
      const cutAt = draw.between(1, draw.pick(LIFE_CHANGES));
      const environment = power.environment({ cutAt });
      const { answered } = await live(folder, {
        seed: draw.below(1000),
        commits: 1e9,
        environment,
      });
      const kind = `store, ${power.cut(draw)}`;
      injected[kind] = (injected[kind] ?? 0) + 1;
      try {
        last = judgeFolder(folder, Math.max(answered, last));
      } catch (error) {
        const what = `power cut ${life + 1} (${kind}, at change ${cutAt}, ${answered} answered)`;
        return { injected, acknowledged: last, problems: [`${what}: ${String(error)}`] };
      }
    }
    return { injected, acknowledged: last, problems: [] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
