// The SQL run time: plan in, rows out.
//
//   const source = buildSource(table, { host }, resume);
//   const rule = buildRule(query, { name, sources: () => source, sink, host }, resume);
//   source.push(batch, 0, batch.count); … source.endOfInput();
//
// Deterministic: no clock, no chance; the same pushes give the same calls of sink and host, also when both are
// rebuilt from their snapshots between any two pushes.

export type { LateRow, OperatorHost, RowError } from "./contract.ts";
export { buildRule } from "./rule.ts";
export type { Rule } from "./rule.ts";
export { buildSource } from "./source.ts";
export type { Source } from "./source.ts";
