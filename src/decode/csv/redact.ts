// Rewrites fields of the lines of a CSV payload. Lines are written anew: values stay what they are, quotes only where they are
// needed, comments are left out, since nobody knows what stands in them.

import { DEFAULT_DIALECT } from "../../core/format/csv-dialect.ts";
import type { CsvDialect } from "../../core/format/csv-dialect.ts";
import { CsvLine } from "./line.ts";

export interface RedactedCsv<Action> {
  readonly dialect: CsvDialect;
  /** Head lines, which stay as they are. */
  readonly skipLines: number;
  /** By field, from 0. */
  readonly actions: ReadonlyMap<number, Action>;
}

/**
 * The text with its fields replaced by `replace`, which is given the text of a field (undefined: it is blank) and makes
 * another; undefined where it is not CSV.
 */
export function redactCsv<Action>(
  text: string,
  { dialect, skipLines, actions }: RedactedCsv<Action>,
  replace: (text: string | undefined, action: Action) => string,
): string | undefined {
  const whole = { ...DEFAULT_DIALECT, ...dialect };
  const line = new CsvLine(whole);
  const lines: string[] = [];
  for (let pos = 0; line.read(text, pos); pos = line.next) {
    const isHead = lines.length < skipLines;
    const fields = Array.from({ length: line.count }, (_, index) => {
      const own = line.field(index);
      const action = isHead ? undefined : actions.get(index);
      if (action === undefined) return own;
      // A profile takes a field without the blanks around it.
      const bare = own.trim();
      return replace(bare === "" ? undefined : bare, action);
    });
    lines.push(fields.map((field) => written(field, whole)).join(whole.delimiter));
  }
  return line.reason === "" ? lines.join("\n") : undefined;
}

function written(field: string, { delimiter, quote, hasComments }: CsvDialect): string {
  if (quote === undefined) return field;
  const isPlain =
    !field.includes(delimiter) &&
    !field.includes(quote) &&
    !/[\r\n]/.test(field) &&
    !(hasComments && field.trimStart().startsWith("#"));
  return isPlain ? field : `${quote}${field.replaceAll(quote, quote + quote)}${quote}`;
}
