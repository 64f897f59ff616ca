// A failing history made short: events are left out, in halves and then one by one, for as long as what is left still
// fails. The world keeps its seed, so that the shorter history is as exact as the long one.

import type { Defect } from "./defect.ts";
import { isClean, live } from "./history.ts";
import { drawScript } from "./script.ts";

/** Histories tried at the most. */
const TRIES = 200;

/** Numbers of the events of `seed` that still fail. */
export async function shrink(seed: number, defect?: Defect): Promise<readonly number[]> {
  const script = drawScript(seed);
  let kept = script.map((_, number) => number);
  let tries = 0;
  const fails = async (numbers: readonly number[]): Promise<boolean> => {
    tries++;
    const events = numbers.map((number) => script[number]!);
    return await live(seed, events, defect).then(
      (history) => !isClean(history),
      () => true,
    );
  };
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    // From the end: what comes last has the least consequences.
    for (let at = kept.length - size; at > -size && tries < TRIES; at -= size) {
      const from = Math.max(0, at);
      const rest = kept.toSpliced(from, at + size - from);
      if (await fails(rest)) kept = rest;
    }
  }
  return kept;
}
