// Opens the store in the folder given and prints how that went: for tests of a second process.

import { GatewayError } from "../../src/core/errors.ts";
import { openStore } from "../../src/store/open.ts";
import { storeOptions } from "./kit.ts";

try {
  openStore(storeOptions(process.argv[2] ?? "")).close();
  process.stdout.write("opened");
} catch (error) {
  process.stdout.write(error instanceof GatewayError ? error.code : String(error));
}
