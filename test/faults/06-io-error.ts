// Fault 6: one I/O error at the Nth write or sync, in the start or later. A failed sync ends the process with 74, since a
// retry could "succeed" on a page that the kernel has dropped; whoever supervises it starts it anew. Any other failed
// write costs the core worker its life, and the process goes on with a new one.

import type { GatewayProcess } from "../kit/gateway-process.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { shimEnvironment } from "./shim/build.ts";
import { smallPlant } from "./small-plant.ts";
import { failStore } from "./store-errors.ts";
import { withStore } from "./store-run.ts";

/** The store and the plant's gateway meet an error at every one of their first calls up to this, so many in one run. */
const CALLS = 300;
const TURNS = 6;
const MOST_TURNS = 30;
/** Each turn: a write and a sync, of the store alone and under a plant. */
const PER_TURN = 4;
const DEVICES = 8;
/** Acknowledged in one life before the Nth call, at most: what has not come by then will not. */
const MESSAGES_PER_CALL = { write: 3, sync: 8 } as const;
const FIRST_MESSAGES = 200;
/** A commit for few messages. */
const LINGER_MS = 1;
/** After an error that the process outlives. */
const MORE_MESSAGES = 40;
const EXIT_FSYNC = 74;

export const ioError: Fault = {
  number: 6,
  title: "I/O error on the Nth write or fsync",
  injects:
    `EIO at the Nth write and at the Nth sync, ${TURNS} values of N from 1 to ${CALLS} in a run by the seed: under a plant, and of the store alone ` +
    "with a power cut after it, in the same boot",
  expects:
    "a failed sync ends the process with 74, any other error only the core worker; nothing lost, nothing twice, ready again in 5 s",
  needs: ["compiler", "kafka"],
  mostInjections: MOST_TURNS * PER_TURN,
  run: async (context) => {
    const { seed, services, injections = TURNS * PER_TURN } = context;
    const draw = new Draw(ioError.number, seed);
    const count = Math.ceil(injections / PER_TURN);
    const turns = Array.from({ length: count }, (_, turn) => turnOf(seed, turn, count));
    const store = await failStore(turns, draw);
    const lives = turns.flatMap((first) => [
      { call: "write", first } as const,
      { call: "sync", first } as const,
    ]);
    const messages = lives.reduce((sum, life) => sum + messagesOf(life), 0);
    const plant = smallPlant(seed, {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: Math.ceil(messages / DEVICES),
    });
    const outcome = await services.withPlant(
      { ...plant, lingerMs: LINGER_MS },
      async (each) => await failPlant(each, draw.shuffle(lives), context),
    );
    return withStore([store], outcome);
  },
};

/** Runs with the seeds from 1 on go through all calls, far and near in each. */
function turnOf(seed: number, turn: number, turns: number): number {
  const step = Math.ceil(CALLS / turns);
  return 1 + ((turn * step + ((seed - 1) % step)) % CALLS);
}

interface FailingLife {
  readonly call: "write" | "sync";
  readonly first: number;
}

function messagesOf({ call, first }: FailingLife): number {
  return FIRST_MESSAGES + MESSAGES_PER_CALL[call] * first;
}

async function failPlant(
  plant: Plant,
  lives: readonly FailingLife[],
  { log }: FaultContext,
): Promise<Outcome> {
  const injected: Record<string, number> = {};
  const met = { write: [] as number[], sync: [] as number[] };
  const problems: string[] = [];
  for (const life of lives) {
    const { call, first } = life;
    const fail = { calls: [call], error: "EIO", first, count: 1 } as const;
    const environment = shimEnvironment({ folder: plant.workspace.data, fail });
    const gateway = await plant.start({ environment, mayDie: true });
    const isOver = (): boolean => !gateway.running || gateway.errors.length > 0;
    await plant.acknowledged(messagesOf(life), gateway, isOver);
    await plant.acknowledged(MORE_MESSAGES, gateway);
    const what = `${call} ${first}`;
    problems.push(...(await wrongEnd(gateway, call)).map((text) => `${what}: ${text}`));
    const cameAbout = isOver();
    log(`${what}: ${cameAbout ? "failed" : "not reached"}`);
    if (cameAbout) {
      injected[call] = (injected[call] ?? 0) + 1;
      met[call].push(first);
    }
    await plant.kill(gateway);
  }
  const report = await plant.finish();
  const expectedErrors = /the core worker ended|data directory cannot be written/;
  return { ...plantOutcome(plant, { injected, report, problems, expectedErrors }), met };
}

async function wrongEnd(gateway: GatewayProcess, call: "write" | "sync"): Promise<string[]> {
  if (gateway.running) return [];
  const { code, signal } = await gateway.exited;
  if (call === "sync" && code === EXIT_FSYNC) return [];
  return [`it ended with ${code ?? signal}`, gateway.tail(10)];
}
