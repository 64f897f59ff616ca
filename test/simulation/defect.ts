// Defects that are planted where the simulation holds the gateway's parts together, to prove that it finds such things.

export const DEFECTS = {
  "acknowledges-early": "a batch is answered before its commit",
  "unsynced-commit": "a kill takes the last commit along",
  "confirms-early": "outbox rows are given up before Kafka has committed them",
  "keeps-newest": "the newest rows of a lane are given up only when newer ones have left",
  "ignores-progress": "what Kafka has is not read when a session opens",
  "stale-checkpoint": "a checkpoint holds the state of the one before it",
  "repeats-catch-up": "what a repaired rule has put out while it catches up is not remembered",
  "acquits-suspects": "a message or rule that kills the process is taken for innocent",
  "short-memory": "of a client without identity only the newest message is remembered",
  "forgets-sessions": "sessions do not survive a start",
} as const;

export type Defect = keyof typeof DEFECTS;
