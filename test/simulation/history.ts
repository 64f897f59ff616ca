// One history from beginning to end, and its verdict.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Defect } from "./defect.ts";
import { judge, type Verdict } from "./judge.ts";
import { drawScript, type Event } from "./script.ts";
import { World } from "./world.ts";

export interface History extends Verdict {
  /** How often what happened. */
  readonly injected: Readonly<Record<string, number>>;
  /** How often a message or a rule has killed the process. */
  readonly killed: number;
  /** What the gateway's lives logged. */
  readonly log: readonly string[];
}

/** Lives out `events` in the world of `seed`; those that its own script has, unless others are given. */
export async function live(
  seed: number,
  events: readonly Event[] = drawScript(seed),
  defect?: Defect,
): Promise<History> {
  const root = mkdtempSync(join(MEMORY, "headrace-simulation-"));
  const world = new World(seed, root, defect);
  try {
    await world.during(async () => {
      world.begin(events);
      for (const event of events) await world.carryOut(event);
      await world.settle();
    });
    const { injected, killed, log } = world;
    return { ...(await judge(world)), injected, killed, log: log.lines };
  } finally {
    world.disk.remove();
    rmSync(root, { recursive: true, force: true });
  }
}

export function isClean({ lost, duplicated, wrong, digestMismatches, problems }: Verdict): boolean {
  return lost + duplicated + wrong + digestMismatches + problems.length === 0;
}

/** Files that no disk holds up, where there is such a place. */
const MEMORY = process.platform === "linux" ? "/dev/shm" : tmpdir();
