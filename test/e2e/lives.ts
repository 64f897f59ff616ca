// The gateway's lives: what ends each of them, drawn from the seed. Named crash points hit the two windows that random
// kills rarely do (between COMMIT and PUBACK, between EndTxn and the local delete); the others are SIGKILL after a
// seeded number of acknowledged messages, and a few clean stops.

import { below, hash32 } from "../../firmware-sim/random.ts";

export type Life =
  /** The process kills itself at the n-th pass of the crash point. */
  | { readonly kind: "crash-point"; readonly point: CrashPoint; readonly pass: number }
  | { readonly kind: "kill"; readonly afterMessages: number }
  | { readonly kind: "stop"; readonly afterMessages: number };

export type CrashPoint = "engine-after-commit" | "uplink-after-end-txn";

export interface LifeCounts {
  readonly afterCommit: number;
  readonly afterEndTxn: number;
  readonly kills: number;
  readonly stops: number;
}

/** Acceptance asks for 20 deaths, five of each named point: two of each to spare. */
export const FULL_LIVES: LifeCounts = { afterCommit: 7, afterEndTxn: 7, kills: 10, stops: 2 };

/** All lives in a seeded order. `messagesPerLife` bounds how much one of them may take. */
export function planLives(seed: number, counts: LifeCounts, messagesPerLife: number): Life[] {
  const draw = (index: number, bound: number): number => below(hash32(seed, 0, 1, index), bound);
  const lives: Life[] = [];
  for (let i = 0; i < counts.afterCommit; i++)
    lives.push({
      kind: "crash-point",
      point: "engine-after-commit",
      pass: 1 + draw(lives.length, 20),
    });
  for (let i = 0; i < counts.afterEndTxn; i++)
    lives.push({
      kind: "crash-point",
      point: "uplink-after-end-txn",
      pass: 1 + draw(lives.length, 2),
    });
  for (let i = 0; i < counts.kills; i++)
    lives.push({ kind: "kill", afterMessages: 1 + draw(lives.length, messagesPerLife) });
  for (let i = 0; i < counts.stops; i++)
    lives.push({ kind: "stop", afterMessages: 1 + draw(lives.length, messagesPerLife) });
  const order = lives.map((life, i) => ({ life, at: hash32(seed, 0, 2, i) }));
  return order.sort((a, b) => a.at - b.at).map(({ life }) => life);
}
