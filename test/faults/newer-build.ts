// A headrace of the future: one migration more, which rewrites the whole journal, and a higher version.

import { changedBuild } from "./changed-build.ts";

const MIGRATIONS = "export const MIGRATIONS: readonly string[] = [";
const ONE_MORE = `"ALTER TABLE journal ADD COLUMN future TEXT; UPDATE journal SET future = 'seen';", `;

/** Main file of the build; it is made when first asked for. */
export function newerBuild(): string {
  return changedBuild({
    name: "newer",
    version: "999.0.0",
    file: "src/store/migrations.ts",
    change: withMigration,
  });
}

function withMigration(text: string): string {
  const at = text.indexOf(MIGRATIONS);
  const end = text.indexOf("]", at + MIGRATIONS.length);
  if (at < 0 || end < 0) throw new Error("no list of migrations in store/migrations.ts");
  const list = text.slice(at + MIGRATIONS.length, end).replace(/,?\s*$/, ", ");
  return text.slice(0, at) + MIGRATIONS + list + ONE_MORE + text.slice(end);
}
