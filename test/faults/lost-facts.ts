// What a fault has destroyed: facts without a row of the rule that lets every message through.

import type { ActualRow } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import type { Plant } from "../kit/plant/plant.ts";

/** What must be there when the facts that have no row are gone, and how many those are. */
export function withoutLost(
  plant: Plant,
  rows: readonly ActualRow[],
): { lost: number; expected: ExpectedRow[] } {
  const seen = new Set(rows.map(({ value }) => factOf(value)));
  let lost = 0;
  const expected = plant.expected(({ device, sequence }) => {
    const isLost = !seen.has(`${device}#${sequence}`);
    if (isLost) lost++;
    return isLost;
  });
  return { lost, expected };
}

function factOf(value: string): string {
  const { device, seq } = JSON.parse(value) as { device?: string; seq?: number };
  return `${device}#${seq}`;
}
