// `headrace functions`: every function and operator of the SQL dialect by category, and what is refused by name. All of
// it comes from the registry, as FUNCTIONS.md does.

import { describeFunctions } from "../sql/functions/registry.ts";
import { CATEGORIES } from "../sql/functions/spec.ts";
import { refusedFunctions } from "../sql/unsupported.ts";

export interface FunctionsOptions {
  readonly json?: boolean;
}

/** Prints the list, for a person or as one line of JSON; exit code 0. */
export function functions({ json }: FunctionsOptions): number {
  const text = json ? JSON.stringify(listing()) : listingText().join("\n");
  process.stdout.write(`${text}\n`);
  return 0;
}

function listing(): object {
  return { functions: describeFunctions(), refused: refusedFunctions() };
}

function listingText(): string[] {
  const all = describeFunctions();
  const sections = CATEGORIES.flatMap((category) => [
    category,
    ...all
      .filter((each) => each.category === category)
      .flatMap(({ syntax, description, supported }) => [
        ...syntax.map((form) => `  ${form}`),
        `      ${description}${supported ? "" : " Not supported yet."}`,
      ]),
    "",
  ]);
  const refused = refusedFunctions().map(
    ({ name, reason, hint }) => `  ${name} ${reason}.${hint === undefined ? "" : ` ${hint}`}`,
  );
  return [...sections, "refused", ...refused];
}
