// Preloaded into the gateway (NODE_OPTIONS=--import): a disk that hangs or refuses, from the moment that a file says so.
// It sits where the core worker touches the disk first with every batch, the note of what is being run
// (src/store/attempts.ts), and blocks the thread in a system call, as a stalled card does.
//
//   DISK_SHIM names the file; its text: `stall` = hang for 60 s, `stall later` = from the second note of the process on,
//   `write EIO`, `fdatasync EIO` … = fail so

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const trigger = process.env["DISK_SHIM"];

if (!isMainThread && trigger !== undefined) {
  const write = fs.writeSync.bind(fs);
  let writes = 0;
  const shimmed = (...args: Parameters<typeof fs.writeSync>): number => {
    const mode = fs.existsSync(trigger) ? fs.readFileSync(trigger, "utf8") : "";
    if (mode === "stall" || (mode === "stall later" && ++writes > 1)) spawnSync("sleep", ["60"]);
    else if (mode !== "" && !mode.startsWith("stall")) {
      const [syscall, code] = mode.split(" ");
      throw Object.assign(new Error(`${code}: simulated`), { code, syscall });
    }
    return write(...args);
  };
  fs.writeSync = shimmed as typeof fs.writeSync;
  syncBuiltinESMExports();
}
