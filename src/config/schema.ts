// Runs a schema over a YAML file and turns what zod finds into problems at their places.

import { HINT } from "./fields.ts";
import type { Field } from "./fields.ts";
import type { Problems } from "./problems.ts";
import type { Path, YamlFile } from "./yaml.ts";

/** The value of the file under the schema; undefined when problems were added. */
export function checkFile<T>(schema: Field<T>, yaml: YamlFile, problems: Problems): T | undefined {
  const result = schema.safeParse(yaml.value ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") {
      for (const [i, message] of issue.message.split("\n").entries()) {
        problems.add({ ...apart(message), position: yaml.keyAt([...path, issue.keys[i] ?? ""]) });
      }
      continue;
    }
    const message = yaml.has(path) ? issue.message : "is missing";
    const place = path.length === 0 ? "the file" : pathText(path);
    problems.add({ ...apart(`${place} ${message}`), position: yaml.valueAt(path) });
  }
  return undefined;
}

function apart(text: string): { readonly message: string; readonly hint: string | undefined } {
  const [message = "", hint] = text.split(HINT);
  return { message, hint };
}

/** `mqtt[0].listen`, as a person would write it. */
function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}
