// Kafka from Maven's jars, once per machine: copied, storage formatted as a template, a class data archive written
// (it halves the start). About 25 s the first time, nothing afterwards.

import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { endProcess } from "../child.ts";
import { kitCache, run } from "../install.ts";
import { javaCommand } from "../services.ts";
import { launch } from "./launch.ts";
import { freePorts } from "./ports.ts";
import { serverProperties } from "./properties.ts";

const POM = join(import.meta.dirname, "pom.xml");
const DEFAULT_VERSION = /<kafka.version>(.*?)</.exec(readFileSync(POM, "utf8"))![1]!;

/** The release under test; HEADRACE_KIT_KAFKA chooses another. */
export const kafkaVersion: string = process.env["HEADRACE_KIT_KAFKA"] ?? DEFAULT_VERSION;

/** Where the installed broker is. */
export interface KafkaInstallation {
  readonly classPath: string;
  /** Formatted storage, to be copied. */
  readonly template: string;
  readonly classArchive: string;
}

/** Installs Kafka unless that is done. Safe to be called by several processes at once. */
export async function installKafka(): Promise<KafkaInstallation> {
  const cache = kitCache();
  const home = join(cache, `kafka-${kafkaVersion}`);
  if (!existsSync(home)) {
    const work = mkdtempSync(join(cache, "installing-"));
    try {
      build(work);
      renameSync(work, home);
      await train(installation(home), home);
    } catch (error) {
      rmSync(work, { recursive: true, force: true });
      if (!existsSync(home)) throw error; // else another process was faster
    }
  }
  return installation(home);
}

function installation(home: string): KafkaInstallation {
  const libs = join(home, "libs");
  const jars = readdirSync(libs).filter((file) => file.endsWith(".jar"));
  return {
    classPath: jars
      .toSorted()
      .map((jar) => join(libs, jar))
      .join(":"),
    template: join(home, "template"),
    classArchive: join(home, "classes.jsa"),
  };
}

function build(work: string): void {
  run("mvn", [
    "-q",
    "-B",
    "-f",
    POM,
    `-Dkafka.version=${kafkaVersion}`,
    "dependency:copy-dependencies",
    `-DoutputDirectory=${join(work, "libs")}`,
    "-DincludeScope=runtime",
  ]);
  const { classPath, template } = installation(work);
  mkdirSync(template);
  const properties = join(work, "template.properties");
  // Any will do: the storage does not hold them.
  const ports = { client: 9092, controller: 9093, internal: 9094 };
  writeFileSync(properties, serverProperties({ dataDirectory: template, ports }));
  const clusterId = `h${randomBytes(15).toString("base64url")}a`;
  const java = ["-cp", classPath];
  run(javaCommand(), [
    ...java,
    "kafka.tools.StorageTool",
    "format",
    "-t",
    clusterId,
    "-c",
    properties,
  ]);
  rmSync(properties);
}

/** Starts and stops a broker once, for the class data archive. It names the jars, so they must not move later. */
async function train(installed: KafkaInstallation, home: string): Promise<void> {
  const directory = mkdtempSync(join(home, "training-"));
  const dataDirectory = join(directory, "data");
  cpSync(installed.template, dataDirectory, { recursive: true });
  const [client, controller, internal] = await freePorts(3);
  const ports = { client: client!, controller: controller!, internal: internal! };
  const child = await launch({
    installation: installed,
    directory,
    properties: serverProperties({ dataDirectory, ports }),
    readyPort: ports.internal,
    jvm: [`-XX:ArchiveClassesAtExit=${join(directory, "classes.jsa")}`],
  });
  await endProcess(child, "SIGTERM");
  renameSync(join(directory, "classes.jsa"), installed.classArchive);
  rmSync(directory, { recursive: true, force: true });
}
