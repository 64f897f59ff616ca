// A real single-node Kafka (KRaft) in a temporary folder, on free ports. One per test file with several topics in
// it is far cheaper than one per test.

import type { ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKafka } from "./install.ts";
import { endProcess } from "../child.ts";
import { launch } from "./launch.ts";
import { freePorts } from "./ports.ts";
import { serverProperties, type BrokerPorts } from "./properties.ts";
import { requestDeletion, requestTopic, type TopicOptions } from "./requests.ts";

export interface BrokerOptions {
  /** Where clients are told to connect: a proxy in front. */
  readonly advertisedPort?: number;
  /** Any broker setting. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Its place in a cluster; the settings name the others. */
  readonly node?: ClusterNode;
}

export interface ClusterNode {
  readonly id: number;
  readonly ports: BrokerPorts;
  /** 16 random bytes in base64url. */
  readonly directoryId: string;
}

/** A running broker. Ends with the test process at the latest; `remove` when done. */
export class Broker {
  /** The port that clients use. */
  readonly port: number;
  readonly bootstrap: string;
  readonly #directory: string;
  readonly #ports: BrokerPorts;
  readonly #options: BrokerOptions;
  #child: ChildProcess | undefined;

  private constructor(ports: BrokerPorts, options: BrokerOptions) {
    this.#directory = mkdtempSync(join(tmpdir(), "headrace-kafka-"));
    this.#ports = ports;
    this.#options = options;
    this.port = ports.client;
    this.bootstrap = `127.0.0.1:${ports.client}`;
  }

  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const [client, controller, internal] = await freePorts(3);
    const ports = { client: client!, controller: controller!, internal: internal! };
    const broker = new Broker(ports, options);
    try {
      await broker.start();
      return broker;
    } catch (error) {
      await broker.remove();
      throw error;
    }
  }

  /** A node of a cluster, not started. */
  static prepare(options: BrokerOptions & { readonly node: ClusterNode }): Broker {
    return new Broker(options.node.ports, options);
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** A port without security and proxies. */
  get internalPort(): number {
    return this.#ports.internal;
  }

  /** By that port. */
  get internalBootstrap(): string {
    return `127.0.0.1:${this.internalPort}`;
  }

  /** Starts the stopped or killed broker again: same data, same port. */
  async start(): Promise<void> {
    const installation = await installKafka();
    const dataDirectory = join(this.#directory, "data");
    if (!existsSync(dataDirectory)) {
      cpSync(installation.template, dataDirectory, { recursive: true });
      if (this.#options.node !== undefined) nameNode(dataDirectory, this.#options.node);
    }
    this.#child = await launch({
      installation,
      directory: this.#directory,
      readyPort: this.#ports.internal,
      properties: serverProperties({ ...this.#options, dataDirectory, ports: this.#ports }),
      jvm: [`-XX:SharedArchiveFile=${installation.classArchive}`, "-Xshare:auto"],
    });
    process.once("exit", this.#killNow);
  }

  /** A clean stop. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** The power cut. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Hangs without closing connections, until `resume`. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Makes a topic; one that exists is not an error. */
  async createTopic(name: string, options: TopicOptions = {}): Promise<void> {
    await requestTopic(this.#ports.internal, name, options);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await requestDeletion(this.#ports.internal, names);
  }

  /** Ends the broker and removes its data. */
  async remove(): Promise<void> {
    this.resume();
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off("exit", this.#killNow);
    if (child !== undefined) await endProcess(child, signal);
  }

  readonly #killNow = (): void => {
    this.#child?.kill("SIGKILL");
  };
}

/** The template is node 1's. */
function nameNode(dataDirectory: string, { id, directoryId }: ClusterNode): void {
  const file = join(dataDirectory, "meta.properties");
  const properties = readFileSync(file, "utf8")
    .replace(/^node\.id=.*$/m, `node.id=${id}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${directoryId}`);
  writeFileSync(file, properties);
}
