// Payloads of text: a line of CSV, or one bare value.

import type { CsvDialect } from "../../src/core/format/csv-dialect.ts";
import type { Fact } from "../device/device.ts";
import type { PayloadField } from "./node.ts";

/** The writer of one line, behind `skipLines` lines of headings. Columns without a value are blank. */
export function csvWriter(
  fields: readonly PayloadField[],
  codec: { readonly dialect: CsvDialect; readonly skipLines: number },
): (fact: Fact) => Uint8Array {
  const columns = new Map(
    fields.map(({ address, cell }) => {
      if (address.kind !== "column") throw new Error(`a line has no place of kind ${address.kind}`);
      return [address.column, cell];
    }),
  );
  const length = Math.max(...columns.keys()) + 1;
  const headings = "heading\n".repeat(codec.skipLines);
  return (fact) => {
    const line = Array.from({ length }, (_, column) => {
      const cell = columns.get(column)?.(fact);
      return cell === undefined ? "" : quoted(String(cell), codec.dialect);
    });
    return Buffer.from(headings + line.join(codec.dialect.delimiter));
  };
}

/** @see RFC 4180 §2 */
function quoted(text: string, { delimiter, quote = "" }: CsvDialect): string {
  const isPlain = ![delimiter, quote, "\n", "\r", "#"].some((each) => text.includes(each));
  return isPlain ? text : quote + text.replaceAll(quote, quote + quote) + quote;
}

/** The writer of a payload that is one value. */
export function textWriter([field]: readonly PayloadField[]): (fact: Fact) => Uint8Array {
  return (fact) => Buffer.from(String(field?.cell(fact) ?? ""));
}
