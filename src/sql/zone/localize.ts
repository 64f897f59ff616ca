// A query in a time zone other than UTC: everything that takes a TIMESTAMP_LTZ for a date and a time of day is rewritten
// so that it says which zone's, and windows over TIMESTAMP_LTZ get the zone they go by. After this nothing further on
// knows of a session's zone.

import { windowOf } from "../binder/window-origin.ts";
import { withExpressions, withInputs } from "../optimizer/relations.ts";
import type { Relation, SourceTable, TableColumn, WindowSpec } from "../plan.ts";
import { Rewriter } from "../plan-expressions.ts";
import type { SourceText, Span } from "../source.ts";
import { LocalTime } from "./local-time.ts";

export interface SessionZone {
  /** One of `isZone`. */
  readonly name: string;
  readonly source: SourceText;
}

/** The relation as it is meant in the zone. `span` is where it stands. Throws SQL_UNSUPPORTED for what is not built. */
export function localize(relation: Relation, zone: SessionZone, span: Span): Relation {
  const expressions = rewriter(zone, span);
  return inZone(relation, zone.name, expressions);
}

/** The same for the computed columns of a table. */
export function localizeTable(table: SourceTable, zone: SessionZone, span: Span): SourceTable {
  const expressions = rewriter(zone, span);
  const { watermark } = table;
  return {
    ...table,
    columns: table.columns.map((column): TableColumn => {
      const { source } = column;
      if (source.kind !== "computed") return column;
      const expression = expressions.of(source.expression);
      return { ...column, source: { kind: "computed", expression } };
    }),
    watermark: watermark && {
      ...watermark,
      expression: expressions.of(watermark.expression),
    },
  };
}

function rewriter({ name, source }: SessionZone, span: Span): Rewriter {
  const localTime = new LocalTime(name, source.position(span));
  return new Rewriter((expression) => localTime.of(expression));
}

function inZone(relation: Relation, zone: string, expressions: Rewriter): Relation {
  const inputs = withInputs(relation, (input) => inZone(input, zone, expressions));
  const value = (expression: Parameters<Rewriter["of"]>[0]): typeof expression =>
    expressions.of(expression);
  return windowsInZone(withExpressions(inputs, { value, condition: value }), zone);
}

function windowsInZone(relation: Relation, zone: string): Relation {
  if (relation.kind === "window") {
    return { ...relation, window: ofColumn(relation, relation.window, zone) };
  }
  if (relation.kind !== "window-aggregate") return relation;
  const { windowing, input } = relation;
  if (windowing.kind === "assign") {
    const window = ofColumn({ input, timeColumn: windowing.timeColumn }, windowing.window, zone);
    return { ...relation, windowing: { ...windowing, window } };
  }
  // Rows carry the windows of an operator below, which is in its zone already.
  const zoned = windowOf(input)?.zone;
  if (zoned === undefined) return relation;
  return { ...relation, windowing: { ...windowing, window: { ...windowing.window, zone: zoned } } };
}

function ofColumn(
  { input, timeColumn }: { readonly input: Relation; readonly timeColumn: number },
  window: WindowSpec,
  zone: string,
): WindowSpec {
  const { type } = input.fields[timeColumn] ?? {};
  return type?.kind === "TIMESTAMP_LTZ" ? { ...window, zone } : window;
}
