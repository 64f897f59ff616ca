// Which tables a topic's messages go to. Matching walks every table's filter, so its outcome is remembered per topic;
// the memory only changes speed.

import { GatewayError } from "../core/errors.ts";
import { ROUTES_MAX } from "../core/limits.ts";
import { identitySettings } from "./identity-options.ts";
import type { TableDecoder, TableInput } from "./table-decoder.ts";
import { topicCaptures, topicMatches } from "../core/topic-filter.ts";

const RETAINED_POLICIES = ["once", "ignore", "accept"] as const;
export type RetainedPolicy = (typeof RETAINED_POLICIES)[number];

export interface Target {
  readonly decoder: TableDecoder;
  readonly source: string | undefined;
  readonly retained: RetainedPolicy;
  readonly identity: boolean;
  /** The topic's captures by this table's profile. */
  readonly captures: readonly string[];
}

/** What is known of a topic. */
export interface Route {
  readonly targets: readonly Target[];
  /** Some target has no identity: re-sends are known by packet id only. */
  readonly byPacketId: boolean;
  readonly once: boolean;
}

interface NumberedRoute {
  readonly topic: string;
  readonly route: Route;
}

/** Routes of all topics, over a fixed list of tables and their decoders. */
export class Routes {
  readonly #inputs: readonly TableInput[];
  readonly #tables: readonly TableDecoder[];
  readonly #identities: readonly boolean[];
  readonly #known = new Map<string, Route>();
  /** By the sender's topic number, valid while the number has that name: saves hashing the name. */
  readonly #numbered: (NumberedRoute | undefined)[] = [];

  /** Throws blame `config` for a bad `retained` option. */
  constructor(inputs: readonly TableInput[], tables: readonly TableDecoder[]) {
    this.#inputs = inputs;
    this.#tables = tables;
    this.#identities = inputs.map(({ table, profile }) => {
      // A sign of life that comes twice is no harm.
      return identitySettings(table) !== undefined || profile?.codec.type === "none";
    });
    for (const { table } of inputs) retainedPolicy(table.name, table.options["retained"]);
  }

  /** The route of a topic and its number. */
  of(number: number, topic: string): Route {
    let known = this.#numbered[number];
    if (known === undefined || known.topic !== topic) {
      known = { topic, route: this.#named(topic) };
      this.#numbered[number] = known;
    }
    return known.route;
  }

  #named(topic: string): Route {
    let route = this.#known.get(topic);
    if (route === undefined) {
      if (this.#known.size >= ROUTES_MAX) this.#known.clear();
      route = this.#match(topic);
      this.#known.set(topic, route);
    }
    return route;
  }

  #match(topic: string): Route {
    const targets: Target[] = [];
    for (const [i, { table, profile }] of this.#inputs.entries()) {
      const captures = matchTable(this.#inputs[i] as TableInput, topic);
      if (captures === undefined) continue;
      targets.push({
        decoder: this.#tables[i] as TableDecoder,
        source: table.options["source"],
        retained: retainedPolicy(table.name, table.options["retained"]),
        identity: this.#identities[i] === true,
        captures: profile === undefined ? [] : captures,
      });
    }
    return {
      targets,
      byPacketId: targets.length === 0 || targets.some(({ identity }) => !identity),
      once: targets.some(({ retained }) => retained === "once"),
    };
  }
}

/** The captures (none for a plain filter) when `topic` belongs to the table. */
function matchTable({ table, profile }: TableInput, topic: string): readonly string[] | undefined {
  if (profile === undefined) {
    const filter = table.options["topic"];
    return filter !== undefined && topicMatches(filter, topic) ? [] : undefined;
  }
  if (profile.except.some((filter) => topicMatches(filter, topic))) return undefined;
  return topicCaptures(profile.topic, topic);
}

function retainedPolicy(table: string, text: string | undefined): RetainedPolicy {
  const policy = RETAINED_POLICIES.find((known) => known === (text ?? "once"));
  if (policy !== undefined) return policy;
  throw new GatewayError(
    `table ${table}: 'retained' must be one of ${RETAINED_POLICIES.join(", ")}`,
    {
      code: "SQL_INVALID",
      blame: "config",
      context: { option: "retained" },
    },
  );
}
