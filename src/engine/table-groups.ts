// Tables that a rule reads together see their messages in the order in which they came; independent ones are run one
// after another, each in one go.

import type { RowBatch } from "../core/row-batch.ts";

/**
 * Tables that some rule reads together, directly or by way of others: `read` is what each rule reads. Each group is
 * a list of indexes into `tables`, in order; a table that stands alone is a group of one.
 */
export function tableGroups(
  tables: readonly string[],
  read: readonly (readonly string[])[],
): number[][] {
  let groups = tables.map((_, index) => [index]);
  for (const together of read) {
    const touched = groups.filter((group) => group.some((i) => together.includes(tables[i] ?? "")));
    if (touched.length < 2) continue;
    const merged = touched.flat().sort((a, b) => a - b);
    groups = [...groups.filter((group) => !touched.includes(group)), merged];
  }
  return groups.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/**
 * Hands on the rows of several tables' batches in the order of their messages: [from, to) of one part at a time, as
 * many as came before the next message of any other. The rows of one message stay together, its tables go in order.
 */
export function interleave<Part extends { readonly batch: RowBatch }>(
  parts: readonly Part[],
  push: (part: Part, from: number, to: number) => void,
): void {
  const open = parts
    .filter(({ batch }) => batch.count > 0)
    .map((part, index) => ({ part, index, batch: part.batch, next: 0 }));
  const at = ({ batch, next }: (typeof open)[number]): number =>
    batch.origin[next] ?? Number.POSITIVE_INFINITY;
  for (;;) {
    open.sort((a, b) => at(a) - at(b) || a.index - b.index);
    const [first, second] = open;
    if (first === undefined || first.next >= first.batch.count) return;
    const { batch, next: from } = first;
    const until =
      second === undefined || second.next >= second.batch.count
        ? Number.POSITIVE_INFINITY
        : at(second);
    const message = at(first);
    do first.next++;
    while (first.next < batch.count && (at(first) < until || at(first) === message));
    push(first.part, from, first.next);
  }
}
