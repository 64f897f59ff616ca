// Commits numbered batches in the folder given until it is killed, and says so on stdout after each commit.
// Batch n: journal entry n, `n % 3` result rows and one alarm row that name n, and now and then confirmations,
// a checkpoint of several chunks, upkeep. Small quotas, so that deletes, drops and trims happen all the time.

import { writeSync } from "node:fs";

import { openStore } from "../../src/store/open.ts";
import { bytesOf, crashOptions, entryOf, outboxOf } from "./kit.ts";

const [directory = "", seed = "0"] = process.argv.slice(2);
const store = openStore(crashOptions(directory));
let number = store.journalRange.last;
for (;;) {
  number++;
  const turn = (number * 31 + Number(seed)) % 17;
  const { lastSequence, confirmedSequence } = store.laneState("result");
  if (turn % 4 === 0) {
    store.confirm("result", Math.floor((lastSequence + confirmedSequence) / 2), number);
  }
  const unit = { timeMs: number, journal: [entryOf(number)], outbox: outboxOf(number) };
  const checkpoint = { state: bytesOf(number, 1_500_000), timeMs: number, engineVersion: "0.1.0" };
  store.commit(turn === 5 ? { ...unit, checkpoint } : unit);
  writeSync(1, `${number}\n`);
  if (turn === 9) store.idle(number);
  if (turn === 11)
    store.attempts.begin(
      { phase: "decode", sequence: number, count: 1, fingerprint: 0n },
      { timeMs: number },
    );
}
