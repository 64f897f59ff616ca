// `npm run compatibility`: writes COMPATIBILITY.md and names the constructs that no case shows.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compatibilityPage } from "../compatibility/page.ts";
import { ROOT } from "../kit/repository.ts";

const { text, unproven } = compatibilityPage();
writeFileSync(join(ROOT, "COMPATIBILITY.md"), text);
for (const construct of unproven) process.stdout.write(`no case shows ${construct}\n`);
