// Where in a payload something is to be replaced, and the payload with that done. Which bytes a value has, and what stands in
// its place, is the format's matter.

/** What is done to the values at a place and below it. */
export interface RedactionNode<Action> {
  action: Action | undefined;
  readonly children: Map<string, RedactionNode<Action>>;
}

/** A value to be replaced: bytes [start, end). */
export interface Found<Action> {
  readonly start: number;
  readonly end: number;
  readonly action: Action;
}

/** The tree of fields by path. */
export function redactionTree<Action>(
  fields: readonly { readonly path: readonly string[]; readonly action: Action }[],
): RedactionNode<Action> {
  const root: RedactionNode<Action> = { action: undefined, children: new Map() };
  for (const { path, action } of fields) {
    let node = root;
    for (const step of path) {
      let child = node.children.get(step);
      if (child === undefined)
        node.children.set(step, (child = { action: undefined, children: new Map() }));
      node = child;
    }
    node.action = action;
  }
  return root;
}

/** The bytes [start, end) with what was found, in order, replaced. */
export function replaced<Action>(
  bytes: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  replacements: readonly { readonly of: Found<Action>; readonly by: Buffer }[],
): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  for (const { of, by } of replacements) {
    parts.push(bytes.subarray(from, of.start), by);
    from = of.end;
  }
  return Buffer.concat([...parts, bytes.subarray(from, end)]);
}

/** What is done by either. */
export function merged<Action>(
  one: RedactionNode<Action> | undefined,
  other: RedactionNode<Action> | undefined,
): RedactionNode<Action> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const children = new Map(one.children);
  for (const [step, node] of other.children) {
    children.set(step, merged(children.get(step), node) as RedactionNode<Action>);
  }
  return { action: one.action ?? other.action, children };
}
