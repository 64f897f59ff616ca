// FUNCTIONS.md: every function and operator with what it does, written from the registry as `headrace functions` is.

import { describeFunctions } from "../../src/sql/functions/registry.ts";
import { CATEGORIES, type Category } from "../../src/sql/functions/spec.ts";
import { refusedFunctions } from "../../src/sql/unsupported.ts";

const INTRODUCTION = `# Functions and operators

Written by \`npm run functions:page\` from the registry; a test fails when it is out of date. \`headrace functions\` prints the
same, with \`--json\` for programs. All behave as in Flink 2.3: [COMPATIBILITY.md](COMPATIBILITY.md) links each to the cases that
show it, and lists where headrace differs on purpose. NULL in gives NULL out where nothing else is said.
`;

/** The page. */
export function functionsPage(): string {
  return [
    INTRODUCTION,
    ...CATEGORIES.map(section),
    "## Refused by name\n",
    table(["functions", "why", "instead"], refusedRows()),
  ].join("\n");
}

function section(category: Category): string {
  const rows = describeFunctions()
    .filter((each) => each.category === category && each.supported)
    .map(({ syntax, description }) => [
      syntax.map((form) => `\`${form}\``).join("<br>"),
      description,
    ]);
  return `## ${category}\n\n${table(["syntax", "what it is"], rows)}`;
}

/** One row for all that is refused for one reason. */
function refusedRows(): string[][] {
  const groups = Map.groupBy(refusedFunctions(), ({ reason, hint = "" }) => `${reason}|${hint}`);
  return [...groups.values()].map((group) => {
    const { reason = "", hint = "" } = group[0] ?? {};
    return [group.map(({ name }) => `\`${name}\``).join(", "), reason, hint];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}
