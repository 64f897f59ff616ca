// Names and units of other systems, as profiles can have them.

import { RESERVED_COLUMNS } from "../../../config/profile-table.ts";
import { unitMeant } from "../../../config/ucum.ts";

/** Names of columns, none twice. `taken` are the captures of the topic. */
export class ColumnNames {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set([...RESERVED_COLUMNS, ...taken]);
  }

  /** The name as it is where it can be a column, else one like it. */
  of(text: string): string {
    const bare = text.replaceAll(/[^A-Za-z0-9_]+/g, "_").replaceAll(/^_+|_+$/g, "");
    const base = /^[A-Za-z_]/.test(bare) ? bare : `_${bare}`;
    let name = this.#taken.has(base) ? `${base}_value` : base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** The name of a profile: lower case, with hyphens; none twice. */
export class ProfileNames {
  readonly #taken = new Set<string>();

  of(text: string): string {
    const bare = text
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]+/g, "-")
      .replaceAll(/^-+|-+$/g, "");
    const base = /^[a-z_]/.test(bare) ? bare : `device-${bare}`;
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}-${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** The UCUM code of a unit, "" for none. What is not known is left out, and `warn` is told. */
export function unitCode(
  unit: string | undefined,
  own: Readonly<Record<string, string>>,
  warn: (message: string) => void,
): string | undefined {
  const text = unit?.trim() ?? "";
  if (text === "") return undefined;
  const code = Object.hasOwn(own, text) ? own[text] : unitMeant(text);
  if (code === undefined) warn(`"${text}" is no unit that UCUM has: left out`);
  return code === "" ? undefined : code;
}
