// `headrace profile lint FILE…`: everything that `headrace run` refuses in a profile, and examples that do not decode to
// what they say. Exit code 78 when there is anything, each with file:line:column; stdout is then empty but for --json.

import { readFileSync } from "node:fs";

import { checkProfile } from "../../config/profile-load.ts";
import { profileTable } from "../../config/profile-table.ts";
import type { Profile } from "../../config/profile.ts";
import { Problems } from "../../config/problems.ts";
import { YamlFile } from "../../config/yaml.ts";
import { formatError } from "../../core/errors.ts";
import { exampleProblems } from "./examples.ts";

export interface LintOptions {
  readonly json?: boolean;
}

interface Linted {
  readonly file: string;
  readonly profile: Profile | undefined;
  readonly problems: Problems;
}

const EXIT_CONFIG = 78;

export function lint(files: readonly string[], { json }: LintOptions): number {
  const all = files.map(lintFile);
  const isFine = all.every(({ problems }) => problems.empty);
  if (json) process.stdout.write(`${JSON.stringify({ files: all.map(report) })}\n`);
  else if (isFine) for (const linted of all) process.stdout.write(`${summary(linted)}\n`);
  else for (const { problems } of all) writeProblems(problems);
  return isFine ? 0 : EXIT_CONFIG;
}

function lintFile(file: string): Linted {
  const problems = new Problems("PROFILE_INVALID");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    problems.add({ message: `cannot read ${file}: ${(error as Error).message}` });
    return { file, profile: undefined, problems };
  }
  const profile = checkProfile(text, file, problems);
  if (profile !== undefined && problems.empty) {
    const yaml = new YamlFile(text, file, problems);
    for (const { example, message } of exampleProblems(profile)) {
      problems.add({ message, position: yaml.valueAt(["x-gateway", "examples", example]) });
    }
  }
  return { file, profile, problems };
}

function summary({ file, profile }: Linted): string {
  if (profile === undefined) return file;
  const columns = profileTable(profile).columns.length;
  return `${file}: ${profile.name}, ${columns} columns, ${profile.examples.length} examples`;
}

function writeProblems(problems: Problems): void {
  for (const problem of problems.all) process.stderr.write(`${formatError(problem)}\n`);
}

function report({ file, profile, problems }: Linted): object {
  return {
    file,
    name: profile?.name,
    problems: problems.all.map(({ message, hint, position }) => {
      return { line: position?.line, column: position?.column, message, hint };
    }),
  };
}
