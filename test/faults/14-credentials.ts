// Fault 14: what the gateway shows Kafka is no longer good: its password has been changed, or its certificate has expired.
// A restart of the broker ends the connections that were made with it. Later the right one is put where gateway.yaml says
// it stands; the gateway is not restarted for it.

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { type Certificates, type KeyPair, makeCertificates } from "../kit/certificates.ts";
import { type GatewayProcess, scrape } from "../kit/gateway-process.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { clientCertificates, securedListener } from "../kit/kafka/security.ts";
import { setScramPassword } from "../kit/kafka/users.ts";
import type { Plant } from "../kit/plant/plant.ts";
import { Draw } from "./draw.ts";
import type { Fault, FaultContext, Outcome } from "./fault.ts";
import { plantOutcome } from "./outcome.ts";
import { smallPlant } from "./small-plant.ts";

const ROUNDS = 3;
const DEVICES = 8;
const SAMPLES = 400;
/** Slow: it goes on while Kafka starts and refuses. */
const SPEED = 3;
const ROUND_MESSAGES = 150;
const MECHANISM = "scram-sha-256";
const USER = "gateway";
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;

export const credentials: Fault = {
  number: 14,
  title: "Kafka credentials or certificates expire",
  injects:
    "the password is changed at Kafka, or the client's certificate is one that has expired, and the broker restarts; later the right one is written",
  expects:
    "acknowledgements go on, the refusal is told by an alarm, all leaves after the change without a restart; nothing lost, nothing twice",
  needs: ["kafka", "openssl"],
  run: async (context) => {
    const certificates = makeCertificates();
    const broker = await Broker.start({
      set: {
        ...securedListener("SASL_SSL", certificates),
        ...clientCertificates(certificates),
        "listener.name.plaintext.sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.plaintext.scram-sha-256.sasl.jaas.config":
          "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      },
    });
    const plant = smallPlant(context.seed, {
      sides: ["direct"],
      weather: "rough",
      devices: DEVICES,
      samples: SAMPLES,
    });
    const tls = "tls: {ca: ca.pem, cert: client.pem, key: client.key}";
    const sasl = `sasl: {mechanism: ${MECHANISM}, username: ${USER}, password: "\${file:password}"}`;
    const options = { ...plant, speed: SPEED, kafka: broker, kafkaKeys: () => `${tls}, ${sasl}` };
    try {
      return await context.services.withPlant(options, async (each) => {
        return await new Expiries(each, { broker, certificates }, context).run();
      });
    } finally {
      await broker.remove();
      certificates.remove();
    }
  },
};

interface Secured {
  readonly broker: Broker;
  readonly certificates: Certificates;
}

class Expiries {
  readonly #plant: Plant;
  readonly #secured: Secured;
  readonly #context: FaultContext;
  readonly #draw: Draw;
  #passwords = 0;

  constructor(plant: Plant, secured: Secured, context: FaultContext) {
    this.#plant = plant;
    this.#secured = secured;
    this.#context = context;
    this.#draw = new Draw(credentials.number, context.seed);
  }

  async run(): Promise<Outcome> {
    const plant = this.#plant;
    const { broker, certificates } = this.#secured;
    const injected: Record<string, number> = {};
    copyFileSync(certificates.ca, this.#file("ca.pem"));
    this.#show(certificates.client);
    const renew = await this.#newPassword();
    renew();
    const gateway = await plant.start();
    await connected(gateway);
    for (let round = 0; round < ROUNDS; round++) {
      await plant.acknowledged(this.#draw.between(1, ROUND_MESSAGES), gateway);
      const kind = this.#draw.pick(["password changed", "certificate expired"]);
      const repair =
        kind === "password changed" ? await this.#newPassword() : this.#expiredCertificate();
      await broker.stop();
      await broker.start();
      await plant.acknowledged(this.#draw.between(1, ROUND_MESSAGES), gateway);
      this.#context.log(`${kind}: ${await refused(gateway)}`);
      repair();
      await connected(gateway);
      injected[kind] = (injected[kind] ?? 0) + 1;
    }
    await plant.stop(gateway);
    const report = await plant.finish();
    // One that is raised and told once more has another text: Kafka refuses for another reason now.
    const told = plant.tally.alarms.filter((alarm) =>
      /uplink_refused.*"state":"raised","previous":"(?!raised)/.test(alarm),
    );
    const problems =
      told.length === ROUNDS ? [] : [`${told.length} alarms for ${ROUNDS} refusals`, ...told];
    const expectedAlarms = /"series":"uplink_refused"/;
    return plantOutcome(plant, { injected, report, problems, expectedAlarms });
  }

  /** Sets another one at Kafka. The function tells the gateway. */
  async #newPassword(): Promise<() => void> {
    const password = `canary-${++this.#passwords}`;
    const user = { name: USER, password };
    await setScramPassword(this.#secured.broker.internalPort, user, MECHANISM);
    return () => writeFileSync(this.#file("password"), password, { mode: 0o600 });
  }

  #expiredCertificate(): () => void {
    const { expired, client } = this.#secured.certificates;
    this.#show(expired);
    return () => this.#show(client);
  }

  #show({ cert, key }: KeyPair): void {
    copyFileSync(cert, this.#file("client.pem"));
    copyFileSync(key, this.#file("client.key"));
  }

  #file(name: string): string {
    return join(this.#plant.workspace.folder, name);
  }
}

async function connected(gateway: GatewayProcess): Promise<void> {
  await until(gateway, "no session", async (http) => {
    return (await scrape(http)).sum("headrace_uplink_connected") === 1 ? "" : undefined;
  });
}

/** Waits until Kafka has said no; what the gateway says of it. */
async function refused(gateway: GatewayProcess): Promise<string> {
  return await until(gateway, "no refusal", async (http) => {
    const { uplink } = (await (await fetch(`http://${http}/api/status`)).json()) as {
      uplink: { problem: string | null };
    };
    return /auth|certificate|handshake/i.exec(uplink.problem ?? "")?.input;
  });
}

async function until(
  gateway: GatewayProcess,
  what: string,
  look: (http: string) => Promise<string | undefined>,
): Promise<string> {
  const { http } = await gateway.ready;
  for (const deadline = performance.now() + PATIENCE_MS; ; await pause(LOOK_MS)) {
    const found = await look(http ?? "");
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}\n${gateway.tail()}`);
  }
}
