// What a run over the store alone showed.

import type { Outcome } from "./fault.ts";

export interface StoreRun {
  readonly injected: Readonly<Record<string, number>>;
  /** As in Outcome. */
  readonly met?: Outcome["met"];
  /** Batches answered. */
  readonly acknowledged: number;
  readonly problems: readonly string[];
}

/** An outcome of the plant that came after them, with the runs added. */
export function withStore(stores: readonly StoreRun[], plant: Outcome): Outcome {
  const injected: Record<string, number> = { ...plant.injected };
  for (const store of stores)
    for (const [kind, count] of Object.entries(store.injected))
      injected[kind] = (injected[kind] ?? 0) + count;
  const met = [...stores, plant].flatMap((each) => Object.entries(each.met ?? {}));
  return {
    ...plant,
    injected,
    ...(met.length > 0 && { met: Object.fromEntries(met) }),
    acknowledged: stores.reduce((sum, each) => sum + each.acknowledged, plant.acknowledged),
    problems: [...stores.flatMap(({ problems }) => problems), ...plant.problems],
  };
}
