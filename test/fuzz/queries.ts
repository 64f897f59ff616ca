// Random queries: projections, windows with and without aggregation, cascades, unions, over tables, views, common
// tables and derived tables.

import type { Field } from "../../src/core/types.ts";
import type { SourceTable } from "../../src/sql/plan.ts";
import { isCollection } from "../../src/sql/types.ts";
import { Aggregates, groupingOf, groupingOfCall, type Grouping } from "./aggregates.ts";
import { condition, Expressions, readsColumn } from "./expressions.ts";
import type { Random } from "./random.ts";
import { columnsOf, declaredTables, scopeOf, type Leaf, type Prelude } from "./scope.ts";
import { list, optional, render, sequence, type Part, type Tree } from "./tree.ts";
import { generateLengths, generateWindow, WINDOW_KINDS, type WindowKind } from "./windows.ts";

/** Something that FROM can name. */
export interface Relation {
  readonly name: string;
  readonly columns: readonly Field[];
  /** A column that is a time attribute. */
  readonly rowtime: string | undefined;
  /** Windows below it fire for several keys at once, in an order that nothing fixes. */
  readonly isUnordered?: boolean;
  /** Its rows carry the windows that they belong to. */
  readonly isAttached?: boolean;
}

interface NamedQuery {
  readonly name: string;
  readonly query: Tree;
  readonly style: "view" | "common";
}

/** Thrown when nothing sensible came out: the case is begun anew. */
export class NoQuery extends Error {}

/** Builds the statements of one case, tables first. */
export class Queries {
  readonly #random: Random;
  readonly #tables: readonly Relation[];
  readonly #creates: readonly Tree[];
  readonly #declared: readonly SourceTable[];
  readonly #named: NamedQuery[] = [];

  constructor(random: Random, creates: readonly Tree[], tables: readonly string[]) {
    this.#random = random;
    this.#creates = creates;
    this.#declared = declaredTables(creates.map((each) => `${render(each)};`).join("\n"));
    this.#tables = tables.map((name) => this.#relation(name, `SELECT * FROM ${name}`, "ts"));
  }

  /** All statements, ended by semicolons. */
  generate(): Tree {
    const random = this.#random;
    const query = random.weighted<() => Tree>([
      [40, () => this.#projection(this.#source(1))],
      [35, () => this.#aggregate(this.#source(1)).query],
      [8, () => this.#window(this.#source(1))],
      [8, () => this.#aggregate(this.#attached()).query],
      [8, () => this.#groupWindow(this.#source(1))],
      [3, () => this.#limited(this.#source(0))],
      [3, () => this.#ordered(this.#source(1))],
      [3, () => this.#distinct(this.#source(1))],
      [8, () => this.#aggregate(this.#cascade()).query],
      [6, () => this.#projection(this.#union())],
    ])();
    const views = this.#named.filter(({ style }) => style === "view");
    const common = this.#named.filter(({ style }) => style === "common");
    const statements = [
      ...this.#creates,
      ...views.map(({ name, query: body }) => optional(`CREATE VIEW ${name} AS `, body)),
    ].map((statement) => sequence(statement, ";\n"));
    const head =
      common.length === 0
        ? ""
        : sequence(
            "WITH ",
            list(
              ", ",
              common.map(({ name, query: body }) => sequence(`${name} AS (`, body, ")")),
            ),
            "\n",
          );
    return sequence(...statements, head, query, ";\n");
  }

  get #prelude(): Prelude {
    const views = this.#named.map(({ name, query }) => `CREATE VIEW ${name} AS ${render(query)};`);
    return { tables: this.#declared, views: views.join("\n") };
  }

  #relation(name: string, query: string, rowtime: string | undefined): Relation {
    const columns = columnsOf(this.#prelude, query);
    if (columns === undefined) throw new NoQuery(query);
    return { name, columns, rowtime };
  }

  /** Gives a query a name; it becomes a view or, if no view stands above it, a common table. */
  #name(query: Tree, rowtime: string | undefined): Relation {
    const name = `v${this.#named.length}`;
    const relation = this.#relation(name, render(query), rowtime);
    const mayBeView = this.#named.every(({ style }) => style === "view");
    const style = mayBeView && this.#random.chance(0.5) ? "view" : "common";
    this.#named.push({ name, query, style });
    return relation;
  }

  #source(depth: number): Relation {
    const table = this.#random.pick(this.#tables);
    if (depth === 0) return table;
    return this.#random.weighted<() => Relation>([
      [12, () => table],
      [4, () => this.#filtered(table)],
      [3, () => this.#union()],
    ])();
  }

  /** Rows with the window that they belong to. */
  #attached(): Relation {
    const random = this.#random;
    const source = this.#source(1);
    const { kind, from } = this.#windowed(source, this.#keysOf(source));
    const names = source.columns.map(({ name }) => name).filter((name) => name !== source.rowtime);
    const columns = ["window_start", "window_end", "window_time"];
    const inner: Relation = {
      ...source,
      columns: this.#relation("w", `SELECT * FROM ${render(from)}`, undefined).columns,
    };
    const expressions = this.#expressions({ ...inner, name: render(from) });
    const where = random.chance(0.5) ? this.#where(expressions, 2) : "";
    const query = sequence("SELECT ", list(", ", [...names, ...columns]), " FROM ", from, where);
    const isUnordered = kind === "SESSION";
    return { ...this.#name(query, undefined), isAttached: true, isUnordered };
  }

  #keysOf({ columns }: Relation): string[] {
    return columns.flatMap(({ name }) => (name === "k" && this.#random.chance(0.5) ? [name] : []));
  }

  /** GROUP BY TUMBLE(ts, …). */
  #groupWindow(relation: Relation): Tree {
    const random = this.#random;
    const { rowtime } = relation;
    if (rowtime === undefined) throw new NoQuery(relation.name);
    const kind = random.pick(["TUMBLE", "HOP", "SESSION"] as const);
    const lengths = generateLengths(random, kind, rowtime);
    const grouping = groupingOfCall(kind, { lengths, keys: this.#groupKeys(relation) });
    return this.#grouped(relation, { grouping, from: relation.name, keepsTime: false });
  }

  /** The first rows. */
  #limited(relation: Relation): Tree {
    const random = this.#random;
    const offset = random.chance(0.3) ? optional(` OFFSET ${random.between(0, 5)}`) : "";
    return sequence(this.#projection(relation), ` LIMIT ${random.between(0, 12)}`, offset);
  }

  /** All rows in the order of their time; late ones are left out. */
  #ordered(relation: Relation): Tree {
    const { rowtime } = relation;
    if (rowtime === undefined) throw new NoQuery(relation.name);
    const hasKey = relation.columns.some(({ name }) => name === "k");
    const second = hasKey && this.#random.chance(0.4) ? optional(", k DESC") : "";
    return sequence(this.#projection(relation), ` ORDER BY ${rowtime}`, second);
  }

  /** Windows and keys, each once. */
  #distinct(relation: Relation): Tree {
    const keys = this.#groupKeys(relation);
    const { from } = this.#windowed(relation, keys);
    const names = list(", ", ["window_start", "window_end", ...keys]);
    return sequence("SELECT DISTINCT ", names, " FROM ", from);
  }

  /** Some columns, computed ones and the rowtime, of some rows. */
  #filtered(table: Relation): Relation {
    return this.#name(this.#projection(table, true), "ts");
  }

  #union(): Relation {
    const random = this.#random;
    const table = random.pick(this.#tables);
    const names = table.columns.map(({ name }) => name);
    const inputs = random.several(2, 3, () => {
      const input = random.pick(this.#tables);
      const shared = names.filter((name) => input.columns.some((column) => column.name === name));
      return { input, shared };
    });
    const shared = names.filter((name) => inputs.every((each) => each.shared.includes(name)));
    const selects = inputs.map(({ input }) => {
      const expressions = this.#expressions(input);
      const where = random.chance(0.5) ? this.#where(expressions, 2) : "";
      return sequence("SELECT ", shared.join(", "), ` FROM ${input.name}`, where);
    });
    return this.#name(list(" UNION ALL ", selects), shared.includes("ts") ? "ts" : undefined);
  }

  /** A view of windowed groups, with a time attribute. */
  #cascade(): Relation {
    const { query } = this.#aggregate(this.#source(0), true);
    return { ...this.#name(query, "rt"), isUnordered: true };
  }

  #expressions(relation: Relation): Expressions {
    return new Expressions(
      this.#random,
      scopeOf(this.#prelude, this.#leavesOf(relation), { from: relation.name }),
    );
  }

  #where(expressions: Expressions, depth: number): Tree {
    return condition(" WHERE ", expressions.of("boolean", depth));
  }

  #projection(relation: Relation, keepsTime = false): Tree {
    const random = this.#random;
    const expressions = this.#expressions(relation);
    const items: Tree[] = random.several(1, 6, (index) =>
      sequence(expressions.any(random.between(1, 3)), ` AS x${index}`),
    );
    const kept = relation.columns.map(({ name }) => name).filter(() => random.chance(0.3));
    items.push(...kept.filter((name) => name !== "ts"));
    if (keepsTime) items.push("ts");
    const where = random.chance(0.4) ? this.#where(expressions, 2) : "";
    return sequence("SELECT ", list(", ", items), ` FROM ${relation.name}`, where);
  }

  #windowed(relation: Relation, keys: readonly string[]): { kind: WindowKind; from: Tree } {
    const { name, rowtime } = relation;
    if (rowtime === undefined) throw new NoQuery(name);
    const kind = this.#random.pick(WINDOW_KINDS);
    const columns = keys.filter((key) => /^\w+$/.test(key));
    const choice = { kind, relation: name, rowtime, keys: columns };
    return { kind, from: generateWindow(this.#random, choice) };
  }

  #window(relation: Relation): Tree {
    const random = this.#random;
    const columns = relation.columns.map(({ name }) => name);
    const { from } = this.#windowed(relation, this.#keysOf(relation));
    const names = columns.filter((name) => name !== relation.rowtime && random.chance(0.5));
    const time = random.pick(["window_time", relation.rowtime ?? "window_time"]);
    const items = [...names, "window_start", "window_end", time];
    return sequence("SELECT ", list(", ", items), " FROM ", from);
  }

  #groupKeys(relation: Relation): string[] {
    const candidates = relation.columns.filter(
      ({ name, type }) =>
        name !== relation.rowtime &&
        !name.startsWith("window_") &&
        !isCollection(type) &&
        type.kind !== "VARBINARY",
    );
    const columns = candidates.map(({ name }) => name);
    const random = this.#random;
    const keys = columns.filter((name) => random.chance(name === "k" ? 0.6 : 0.15)).slice(0, 3);
    const expression = render(this.#expressions(relation).of("text", 1));
    const isComputed = readsColumn(expression) && expression.includes("(");
    return isComputed && random.chance(0.12) ? [...keys, expression] : keys;
  }

  #aggregate(relation: Relation, keepsTime = false): { query: Part } {
    const keys = this.#groupKeys(relation);
    const isAttached = relation.isAttached === true;
    const { kind, from } = isAttached
      ? ({ kind: "TUMBLE", from: relation.name } as const)
      : this.#windowed(relation, keys);
    const grouping = groupingOf(this.#random, keys, { kind, keepsTime });
    return { query: this.#grouped(relation, { grouping, from, keepsTime }) };
  }

  #grouped(
    relation: Relation,
    { grouping, from, keepsTime }: { grouping: Grouping; from: Tree; keepsTime: boolean },
  ): Part {
    const random = this.#random;
    const scope = scopeOf(this.#prelude, this.#leavesOf(relation), { from: relation.name });
    const groups = scopeOf(this.#prelude, [], { from: render(from), groupBy: grouping.text });
    const aggregates = new Aggregates(random, {
      scope,
      groups,
      grouping,
      isUnordered: relation.isUnordered === true,
    });
    const items = aggregates.items(keepsTime);
    const where = random.chance(0.2) ? this.#where(new Expressions(random, scope), 1) : "";
    const having = random.chance(0.15) ? condition(" HAVING ", aggregates.condition()) : "";
    const select = sequence("SELECT ", list(", ", items), " FROM ", from, where);
    return sequence(select, " GROUP BY ", grouping.tree, having);
  }

  #leavesOf({ columns }: Relation): Leaf[] {
    return columns.map(({ name, type }) => ({ text: name, type }));
  }
}
