// How far back a rule's rows reach: a window's result needs every row since the window began.

import { MILLIS_PER_DAY } from "../core/value/calendar.ts";
import type { Relation, WindowSpec } from "../sql/plan.ts";

/** Milliseconds before a row's event time from which on it depends on what came; 0 for rows that depend on nothing else. */
export function reachMs(relation: Relation): number {
  switch (relation.kind) {
    case "scan":
      return 0;
    case "union":
      return Math.max(...relation.inputs.map(reachMs));
    case "window":
      return lengthMs(relation.window) + reachMs(relation.input);
    case "window-aggregate": {
      // An attached window has been counted where it was made.
      const { windowing } = relation;
      const own = windowing.kind === "assign" ? lengthMs(windowing.window) : 0;
      return own + reachMs(relation.input);
    }
    default:
      return reachMs(relation.input);
  }
}

/** Whether a row may reach back further than `reachMs` says: a session has no longest length. */
export function hasSessions(relation: Relation): boolean {
  switch (relation.kind) {
    case "scan":
      return false;
    case "union":
      return relation.inputs.some(hasSessions);
    case "window":
      return relation.window.kind === "session" || hasSessions(relation.input);
    case "window-aggregate":
      return relation.windowing.window.kind === "session" || hasSessions(relation.input);
    default:
      return hasSessions(relation.input);
  }
}

/** Where a clock goes back, a window takes longer than it is long: by a day at the most. */
function lengthMs(window: WindowSpec): number {
  const ownMs = window.kind === "session" ? window.gapMs : window.sizeMs;
  return window.zone === undefined ? ownMs : ownMs + MILLIS_PER_DAY;
}
