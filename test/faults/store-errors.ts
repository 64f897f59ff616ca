// I/O errors under the store alone: a child that commits numbered batches meets an error at its Nth write or its Nth
// sync, and dies of it. In the same boot of the machine it is started again, and commits; then the power goes. What a
// failed sync had left in the page cache alone must have reached the card by then.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { judgeFolder, live } from "../store/crash-life.ts";
import type { Draw } from "./draw.ts";
import { PoweredFolder } from "./shim/power.ts";
import type { StoreRun } from "./store-run.ts";

/** A child that has answered so many has passed its 300th write and sync, or never will. */
const LIFE_COMMITS = 150;
/** After the error and before the power cut, at most. */
const MORE_COMMITS = 20;

/** Errors at the `turns`-th write and at the `turns`-th sync, on one folder. Ends at the first problem. */
export async function failStore(turns: readonly number[], draw: Draw): Promise<StoreRun> {
  const scratch = mkdtempSync(join(tmpdir(), "headrace-store-errors-"));
  const folder = join(scratch, "data");
  const injected: Record<string, number> = {};
  const met: Record<string, number[]> = {};
  let last = 0;
  try {
    for (const first of turns) {
      for (const call of ["write", "sync"] as const) {
        const power = new PoweredFolder(folder);
        const fail = { calls: [call], error: "EIO", first, count: 1 } as const;
        const lives = [
          { environment: power.environment({ fail }), commits: LIFE_COMMITS },
          { environment: power.environment(), commits: draw.between(1, MORE_COMMITS) },
        ];
        let answered = last;
        let end: NodeJS.Signals | null = null;
        for (const life of lives) {
          const child = await live(folder, { ...life, seed: draw.below(1000), mayFail: true });
          answered = Math.max(answered, child.answered);
          end = child.signal;
        }
        const cut = power.cut(draw);
        const kind = `store, ${call} then a cut`;
        injected[kind] = (injected[kind] ?? 0) + 1;
        (met[`store, ${call}`] ??= []).push(first);
        try {
          assert.equal(end, "SIGKILL", "after the error it works again");
          last = judgeFolder(folder, answered);
        } catch (error) {
          const what = `${call} ${first}, then cut (${cut}), ${answered} answered`;
          return { injected, met, acknowledged: last, problems: [`${what}: ${String(error)}`] };
        }
      }
    }
    return { injected, met, acknowledged: last, problems: [] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
