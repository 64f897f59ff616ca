// A SESSION window without GROUP BY: rows are held until their session has ended, and leave with its columns.

import type { Snapshot } from "../contract.ts";
import type { RowHolder } from "../pipeline/plan.ts";
import { RowsOfSessions } from "./session-contents.ts";
import { SessionWindows } from "./session-windows.ts";
import type { SessionWindowsOptions } from "./session-windows.ts";

/** The windows, and what puts rows into them. */
export function heldSessions(
  options: Omit<SessionWindowsOptions, "contents">,
  resume: Snapshot,
): { readonly windows: SessionWindows; readonly holder: RowHolder } {
  const contents = new RowsOfSessions(options.zone);
  const windows = new SessionWindows({ ...options, contents }, resume);
  const holder: RowHolder = {
    hold(row, key, timeMs, watermark) {
      contents.requireRoom();
      const slot = windows.slot(key, timeMs, watermark);
      if (slot < 0) return false;
      contents.add(slot, row);
      return true;
    },
    missedEnd: (timeMs) => windows.missedEnd(timeMs),
  };
  return { windows, holder };
}
