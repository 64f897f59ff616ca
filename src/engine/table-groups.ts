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
