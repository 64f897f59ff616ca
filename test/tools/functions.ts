// `npm run functions:page`: writes FUNCTIONS.md.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionsPage } from "../compatibility/functions-page.ts";
import { ROOT } from "../kit/repository.ts";

writeFileSync(join(ROOT, "FUNCTIONS.md"), functionsPage());
