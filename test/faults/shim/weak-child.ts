// Commits rows in a database of its own and says so on stdout after each commit, until it is killed. With
// `synchronous` NORMAL it says so too early: what a power cut must bring to light.

import { writeSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";

const [folder = "", synchronous = "FULL"] = process.argv.slice(2);
const db = new Sqlite(join(folder, "weak.db"));
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
db.pragma(`synchronous = ${synchronous}`);
const insert = db.prepare("INSERT INTO t VALUES (?)");
for (let n = 1; ; n++) {
  insert.run(n);
  writeSync(1, `${n}\n`);
}
