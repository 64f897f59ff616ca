// One random case by seed and index. headrace runs it first: events that it cannot take are mostly left out, since a
// job that dies on its third event shows nothing about the others.

import { GatewayError } from "../../src/core/errors.ts";
import { planOrRefusal, runAsCommand } from "../kit/conformance/run.ts";
import { deviationOf } from "./deviations.ts";
import { NoQuery, Queries } from "./queries.ts";
import { Random } from "./random.ts";
import { generateEvents, generateTable } from "./tables.ts";
import { render, type Tree } from "./tree.ts";

/** A query with its events. */
export interface FuzzCase {
  readonly sql: Tree;
  readonly lines: readonly string[];
}

const ATTEMPTS = 50;
/** How often a case that fails on its data stays one. */
const FAILING_SHARE = 0.08;
const MOST_LEFT_OUT = 6;

/** The case number `index` of a seed: always the same for one version of the generator. */
export function generateCase(seed: number, index: number): FuzzCase {
  const random = new Random(seed, index);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const generated = generateOnce(random);
    if (generated !== undefined) return generated;
  }
  throw new Error(`seed ${seed}: no case ${index} in ${ATTEMPTS} attempts`);
}

function generateOnce(random: Random): FuzzCase | undefined {
  const names = random.chance(0.2) ? ["t0", "t1"] : ["t0"];
  const tables = names.map((name) => generateTable(random, name));
  const sql = statements(
    random,
    tables.map(({ create }) => create),
    names,
  );
  if (sql === undefined || deviationOf(render(sql)) !== undefined) return undefined;
  return withoutFailing(random, { sql, lines: generateEvents(random, tables) });
}

function statements(
  random: Random,
  creates: readonly Tree[],
  names: readonly string[],
): Tree | undefined {
  try {
    return new Queries(random, creates, names).generate();
  } catch (error) {
    if (error instanceof NoQuery) return undefined;
    throw error;
  }
}

/** Leaves out events on which the job dies; undefined when too many do. */
function withoutFailing(random: Random, generated: FuzzCase): FuzzCase | undefined {
  const plan = planOrRefusal(render(generated.sql));
  if (plan instanceof GatewayError || random.chance(FAILING_SHARE)) return generated;
  let { lines } = generated;
  for (let left = 0; left <= MOST_LEFT_OUT; left++) {
    const run = runAsCommand(plan, lines);
    if (run.outcome === "rows") return { ...generated, lines };
    const at = /^input\.jsonl:(\d+) /.exec(run.reason)?.[1];
    if (at === undefined) return generated;
    lines = lines.filter((_, index) => index !== Number(at) - 1);
  }
  return undefined;
}
