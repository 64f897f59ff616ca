// COMPATIBILITY.md: every construct with what headrace does with it and the conformance cases that show it. Written
// from the registry, the cases and the list of deviations; nothing on it is kept by hand.

import { DEVIATIONS } from "../fuzz/deviations.ts";
import { caseList, readCase } from "../kit/conformance/cases.ts";
import { planOrRefusal } from "../kit/conformance/run.ts";
import { filesOf } from "../kit/repository.ts";
import { describeFunctions, SCALAR_FUNCTIONS } from "../../src/sql/functions/registry.ts";
import { AGGREGATE_FUNCTIONS } from "../../src/sql/functions/aggregates.ts";
import { CATEGORIES } from "../../src/sql/functions/spec.ts";
import { constructsOf } from "./constructs.ts";
import { formatDeviations, formatLines } from "./formats.ts";

/** Cases by the construct that they use, or by the reason for which they are refused. */
interface Evidence {
  readonly passed: ReadonlyMap<string, readonly string[]>;
  readonly refused: ReadonlyMap<string, readonly string[]>;
}

/** A line of the page. */
export interface Line {
  readonly construct: string;
  readonly status: "same as Flink" | "refused" | "edge-only";
  readonly links: readonly string[];
}

/** Links shown in a line; the others are counted. */
const LINKS_SHOWN = 3;

/** The page, and the constructs that no case shows. */
export function compatibilityPage(): { readonly text: string; readonly unproven: string[] } {
  const evidence = gather();
  const sections: [title: string, lines: Line[]][] = [
    ["Statements and clauses", keyed(evidence, "clause ")],
    ["Windows", keyed(evidence, "window ")],
    ["Types of columns", keyed(evidence, "type ")],
    ["Literals", keyed(evidence, "literal ")],
    ["CAST to", keyed(evidence, "cast ")],
    ["TRY_CAST to", keyed(evidence, "try-cast ")],
    ...CATEGORIES.map((category): [string, Line[]] => [
      `Functions: ${category}`,
      functionLines(evidence, category),
    ]),
    ["Formats and their options", formatLines()],
    ["Refused by name", refusedLines(evidence)],
    ["Only at the edge", edgeLines()],
  ];
  const all = sections.flatMap(([, lines]) => lines);
  const unproven = all.filter(({ links }) => links.length === 0).map(({ construct }) => construct);
  const body = sections.map(([title, lines]) => section(title, lines));
  return { text: `${INTRODUCTION}\n${body.join("\n")}\n${deviations()}`, unproven };
}

const INTRODUCTION = `# Compatibility with Flink SQL

Written by \`npm run compatibility\`; a test fails when it is out of date. What headrace accepts it computes as Flink 2.3
does: same rows for the same input, in the reference configuration of [ARCHITECTURE.md](ARCHITECTURE.md). What it does not
accept it refuses by name. Every line links to [conformance cases](test/conformance), whose rows a real Flink has written, to
[payloads](test/flink-formats) that its formats have read or written, or to a test.
`;

function gather(): Evidence {
  const passed = new Map<string, string[]>();
  const refused = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, name: string): void => {
    map.set(key, [...(map.get(key) ?? []), name]);
  };
  for (const [name, status] of Object.entries(caseList())) {
    const { sql, outcome, config } = readCase(name);
    const plan = planOrRefusal(sql, config);
    if (plan instanceof Error) {
      if (status === "refuse") add(refused, plan.message, name);
    } else if (outcome === "rows") {
      for (const key of constructsOf(sql)) add(passed, key, name);
    }
  }
  return { passed, refused };
}

/** Constructs without a registry of their own that must have cases. */
const EXPECTED = ["clause WITH", "clause CREATE VIEW", "clause sub-query in FROM"];

/** What the cases use of one kind of construct. */
function keyed({ passed }: Evidence, prefix: string): Line[] {
  return [...new Set([...EXPECTED, ...passed.keys()])]
    .filter((key) => key.startsWith(prefix))
    .map((key) => ({
      construct: key.slice(prefix.length),
      status: SAME,
      links: passed.get(key) ?? [],
    }))
    .toSorted((a, b) => (a.construct < b.construct ? -1 : 1));
}

const SAME = "same as Flink" as const;

function functionLines({ passed }: Evidence, category: string): Line[] {
  const keys = new Map<string, Set<string>>();
  for (const { id, names = [id], syntax } of [
    ...SCALAR_FUNCTIONS,
    ...AGGREGATE_FUNCTIONS.values(),
  ]) {
    for (const form of syntax) {
      const written =
        names.length === 0 ? [`operator ${id}`] : names.map((each) => `function ${each}`);
      keys.set(form, new Set([...(keys.get(form) ?? []), ...written]));
    }
  }
  return describeFunctions()
    .filter((entry) => entry.category === category && entry.supported)
    .map(({ id, syntax }) => {
      const either = [`function ${id}`, `operator ${id}`];
      const wanted = syntax.flatMap((form) => [...(keys.get(form) ?? either)]);
      const links = [...new Set(wanted.flatMap((key) => passed.get(key) ?? []))];
      return { construct: syntax.map((form) => `\`${form}\``).join(" "), status: SAME, links };
    });
}

function refusedLines({ refused }: Evidence): Line[] {
  return [...refused].map(([construct, links]) => ({ construct, status: "refused", links }));
}

/** Extensions have no counterpart in Flink: a test that mentions one stands for its cases. */
function edgeLines(): Line[] {
  const tests = filesOf((path) => path.startsWith("test/") && path.endsWith(".test.ts"));
  return EXTENSIONS.map(([construct, test]) => ({
    construct: `\`${construct}\``,
    status: "edge-only",
    links: tests
      .filter(({ path, text }) => path === test && text.includes(construct))
      .map(({ path }) => path),
  }));
}

const EXTENSIONS: readonly (readonly [construct: string, test: string])[] = [
  ["'connector' = 'mqtt'", "test/sql/plan-sql.test.ts"],
  ["identity.key", "test/decode/identity.test.ts"],
  ["watermark.per", "test/operators/device-watermarks.test.ts"],
  ["watermark.idle-timeout", "test/operators/device-watermarks.test.ts"],
  ["watermark.max-future", "test/operators/source-time.test.ts"],
  ["receive_time", "test/decode/decoder.test.ts"],
  ["clock_trusted", "test/engine/clock-trust.test.ts"],
  ["headrace_late", "test/cli/sql.test.ts"],
  ["headrace_dead_letter", "test/engine/bad-input.test.ts"],
];

function section(title: string, lines: readonly Line[]): string {
  if (lines.length === 0) return "";
  const rows = lines.map(({ construct, status, links }) => {
    const shown = links.slice(0, LINKS_SHOWN).map(linkTo).join(", ");
    const more = links.length > LINKS_SHOWN ? ` and ${links.length - LINKS_SHOWN} more` : "";
    return `| ${construct.replaceAll("|", "\\|")} | ${status} | ${shown}${more} |`;
  });
  return `## ${title}\n\n| construct | here | shown by |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function linkTo(name: string): string {
  return name.includes("/") ? `[${name}](${name})` : `[${name}](test/conformance/${name})`;
}

function deviations(): string {
  const ofSql = DEVIATIONS.map(({ what }) => what.replace(/\.? Not generated\.$/, "."));
  const items = [...ofSql, ...formatDeviations()].map((what) => `- ${what}`);
  return `## Where headrace differs on purpose\n\nDefects of Flink that are not copied; the fuzzer, and the tests of formats, leave them out.\n\n${items.join("\n")}\n`;
}
