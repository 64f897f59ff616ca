// Orders of arrival that the scenario allows: a device's sendings keep their order (one connection), and two sendings
// of different devices keep theirs if they are further apart than the skew. Within that, any order: drawn by seed.

import { below, hash32, STREAM } from "../random.ts";
import type { TruthRecord } from "../truth.ts";

/** Every sending of every record, re-sends included, in one allowed order. Same seed, same order. */
export function arrivalOrder(
  truth: readonly TruthRecord[],
  options: { readonly seed: number; readonly skewMs: number },
): TruthRecord[] {
  const byDevice = Map.groupBy(
    truth.flatMap((record) => record.sent.map(({ atMs, turn }) => ({ record, atMs, turn }))),
    ({ record }) => record.device,
  );
  const arrivals: { readonly record: TruthRecord; readonly atMs: number }[] = [];
  let device = 0;
  for (const sendings of byDevice.values()) {
    sendings.sort((a, b) => a.turn - b.turn);
    let latestMs = -Infinity;
    for (const [n, { record, atMs }] of sendings.entries()) {
      const bits = hash32(options.seed, device, STREAM.interleave, n);
      latestMs = Math.max(latestMs, atMs + below(bits, options.skewMs));
      arrivals.push({ record, atMs: latestMs });
    }
    device++;
  }
  // The sort is stable: sendings of one device that arrive at one instant stay in order.
  return arrivals.sort((a, b) => a.atMs - b.atMs).map(({ record }) => record);
}
