// What came of the messages beside a plant: rows by name, against those that must be there.

import type { Outcome } from "./fault.ts";

const EXAMPLES = 5;

export interface BesideVerdict {
  readonly lost: number;
  readonly duplicated: number;
  /** Of nobody. */
  readonly wrong: number;
  readonly examples: readonly string[];
}

/** Both by name; each must be there once. */
export function differingRows(wanted: readonly string[], seen: readonly string[]): BesideVerdict {
  const open = new Set(wanted);
  const met = new Set<string>();
  const duplicated: string[] = [];
  const wrong: string[] = [];
  for (const name of seen) {
    if (met.has(name)) duplicated.push(name);
    else if (!open.delete(name)) wrong.push(name);
    met.add(name);
  }
  const examples = Object.entries({ lost: [...open], duplicated, wrong }).flatMap(([kind, names]) =>
    names.slice(0, EXAMPLES).map((name) => `beside the plant, ${kind}: ${name}`),
  );
  return {
    lost: open.size,
    duplicated: duplicated.length,
    wrong: wrong.length,
    examples,
  };
}

/** The outcome of the plant with what came of the messages beside it. */
export function withBeside(
  plant: Outcome,
  beside: BesideVerdict & { readonly acknowledged: number },
): Outcome {
  return {
    ...plant,
    acknowledged: plant.acknowledged + beside.acknowledged,
    lost: plant.lost + beside.lost,
    duplicated: plant.duplicated + beside.duplicated,
    wrong: plant.wrong + beside.wrong,
    problems: [...plant.problems, ...beside.examples],
  };
}
