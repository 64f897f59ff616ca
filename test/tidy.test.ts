// A test of the code itself: layers, doors, file lengths, and what must not stand in the repository. The tables here
// are the rules that ARCHITECTURE.md and CONTRIBUTING.md describe; test/gates.test.ts proves that they can fail.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { filesOf, importsOf, topLevel, type Import, type SourceFile } from "./kit/repository.ts";

/**
 * What the files under a path may import, as path prefixes (`type:`: types only). The longest matching path counts.
 * Stages know core/ and themselves; main.ts, cli/, gateway/ and engine/ are the composition roots that connect them.
 */
const LAYERS: Readonly<Record<string, string>> = {
  "src/core/": "src/core/",
  "src/config/": "src/config/ src/core/",
  "src/ingest/": "src/ingest/ src/core/",
  "src/store/": "src/store/ src/core/",
  "src/decode/": "src/decode/ src/core/",
  "src/encode/": "src/encode/ src/core/",
  "src/sql/": "src/sql/ src/core/",
  "src/operators/": "src/operators/ src/core/ src/sql/plan.ts src/sql/plan-expressions.ts",
  "src/alarms/": "src/alarms/ src/core/",
  "src/uplink/": "src/uplink/ src/core/",
  "src/web/": "src/web/ src/core/",
  "src/control/": "src/control/ src/core/",
  // The main thread never touches the database or runs a rule; the core worker never touches a socket.
  "src/gateway/":
    "src/gateway/ src/core/ src/config/ src/ingest/ src/uplink/ src/web/ src/control/ type:src/engine/",
  "src/engine/":
    "src/engine/ src/core/ src/config/ src/store/ src/decode/ src/encode/ src/sql/ src/operators/ src/alarms/",
  "src/": "src/ firmware-sim/demo.ts",
  "firmware-sim/": "firmware-sim/ src/core/ src/config/profile",
  // The checker recomputes what the gateway does: it shares nothing with it but types, and no encoder.
  "firmware-sim/checker/":
    "firmware-sim/checker/ firmware-sim/truth.ts firmware-sim/random.ts type:src/config/profile",
  "test/": "test/ src/ firmware-sim/",
};

/** Third-party packages and the one file (or folder) that may import each. Tests may import any. */
const DOORS: Readonly<Record<string, string>> = {
  "better-sqlite3": "src/store/sqlite.ts",
  commander: "src/main.ts",
  kafkajs: "src/uplink/kafkajs.ts",
  mqtt: "src/ingest/mqttjs.ts",
  pino: "src/cli/log.ts",
  protobufjs: "src/config/protobuf-file.ts",
  yaml: "src/config/yaml.ts",
  // A schema is declared where it belongs, and zod is the language it is declared in.
  zod: "src/config/",
};

/** Where the core worker begins. */
const WORKER = "src/engine.ts";

const FILE_LINES = 300;
/** Longer files, with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/core/limits.ts": "a table: every bound stands in this one place",
};

const ARCHITECTURE_LINES = 250;

/** The top of the repository: source, and documents that people look for there. Dot-files may come. */
const TOP_LEVEL: ReadonlySet<string> = new Set(
  (
    "ARCHITECTURE.md CHANGELOG.md COMPATIBILITY.md CONTRIBUTING.md FUNCTIONS.md LICENSE NOTICE README.md RELIABILITY.md SECURITY.md deploy " +
    "device-profiles firmware-sim package-lock.json package.json src test tsconfig.json"
  ).split(" "),
);

/** Golden rows of a real Flink, kept as the oracle wrote them. */
const isGolden = (path: string): boolean => path.startsWith("test/conformance/");
const isText = (path: string): boolean => !/\.(?:png|jpg|ico|gz|db|bin)$/.test(path);

const typescript = filesOf((path) => path.endsWith(".ts"));
const texts = filesOf((path) => isText(path) && !isGolden(path) && path !== "package-lock.json");

describe("the code", () => {
  it("imports only what its layer allows", () => {
    const wrong = eachImport((file, { target, typeOnly }) => {
      if (target === undefined) return false;
      const layer = Object.keys(LAYERS)
        .filter((folder) => file.path.startsWith(folder))
        .toSorted((a, b) => b.length - a.length)[0];
      assert.ok(layer !== undefined, `${file.path} stands in no layer`);
      const may = (LAYERS[layer] ?? "").split(" ");
      return !may.some((prefix) =>
        target.startsWith(typeOnly ? prefix.replace("type:", "") : prefix),
      );
    });
    assert.deepEqual(wrong, []);
  });

  it("has one door per third-party package", () => {
    const wrong = eachImport((file, { specifier, target }) => {
      if (target !== undefined || specifier.startsWith("node:") || file.path.startsWith("test/")) {
        return false;
      }
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
      const door = DOORS[name];
      return door === undefined || !file.path.startsWith(door);
    });
    assert.deepEqual(wrong, []);
  });

  it("loads no package but SQLite into the core worker, whose memory counts twice", () => {
    const packages = new Set<string>();
    const seen = new Set([WORKER]);
    for (const path of seen) {
      const file = typescript.find((each) => each.path === path);
      for (const { specifier, target, typeOnly } of file === undefined ? [] : importsOf(file)) {
        if (typeOnly || specifier.startsWith("node:")) continue;
        if (target === undefined) packages.add(`${path}: ${specifier}`);
        else seen.add(target);
      }
    }
    assert.deepEqual([...packages], ["src/store/sqlite.ts: better-sqlite3"]);
  });

  it("imports files by their .ts name", () => {
    const wrong = eachImport((_, { target }) => target !== undefined && !target.endsWith(".ts"));
    assert.deepEqual(wrong, []);
  });

  it(`has no file above ${FILE_LINES} lines without a reason`, () => {
    const long = typescript.filter(({ path, text }) => {
      return lines(text) > FILE_LINES && LONG_FILES[path] === undefined;
    });
    assert.deepEqual(
      long.map(({ path, text }) => `${path}: ${lines(text)} lines`),
      [],
    );
    for (const path of Object.keys(LONG_FILES)) {
      const file = typescript.find((each) => each.path === path);
      assert.ok(file !== undefined && lines(file.text) > FILE_LINES, `${path} needs no exception`);
    }
  });

  it("leaves nothing for later and skips no test", () => {
    const later = /\b(?:TO\s?DO|FIX\s?ME|XX\s?X|HA\s?CK)\b/;
    // One file may skip: the one that refuses to under CI=true.
    const mayNotSkip = (path: string): boolean => path !== "test/kit/services.ts";
    const tests = typescript.filter(({ path }) => path.startsWith("test/") && mayNotSkip(path));
    const skipped = /\b(?:it|test|describe|suite|t|context)\.(?:only|skip|todo)\(|\bonly: true/;
    assert.deepEqual([...matches(typescript, later), ...matches(tests, skipped)], []);
  });
});

describe("the repository", () => {
  it("has nothing unexpected at its top", () => {
    const unexpected = topLevel().filter((name) => !TOP_LEVEL.has(name) && name[0] !== ".");
    assert.deepEqual(unexpected, []);
  });

  it("names no path of a machine and no package registry", () => {
    const machine = /(?<![\w.])\/(?:work|root|home|Users)\/|(?<![\w.$}])\/tmp\/|\.\.\/shared\b/;
    const host = /:\/\/registry\.|npmjs\.(?:org|com)|artifactory|\bnexus\b|repo1?\.maven/i;
    const checked = texts.filter(({ path }) => path !== "test/tidy.test.ts");
    assert.deepEqual([...matches(checked, machine), ...matches(checked, host)], []);
  });

  it("locks packages without the address they came from", () => {
    const lock = filesOf((path) => path === "package-lock.json");
    assert.equal(lock.length, 1);
    assert.deepEqual(matches(lock, /"resolved"/), []);
  });

  // A registry that mirrors some platforms only leaves the others out of the lock, and `npm ci` then refuses it.
  it("locks the packages of every platform", () => {
    const [lock] = filesOf((path) => path === "package-lock.json");
    const { packages } = JSON.parse(lock?.text ?? "{}") as Lock;
    const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined &&
          packages[`${at}/node_modules/${name}`] === undefined,
      ),
    );
    assert.deepEqual(missing, []);
  });

  it("calls Node only through npm, since a machine's own may be too old", () => {
    const command = /(?:^|[;&|(`]|\bexec|\btimeout \S+|\$)\s*node\s+[-./\w"$]/;
    const scripts = texts.filter(({ path }) => /\.sh$|^\.ci\/|^\.github\//.test(path));
    const documents = texts
      .filter(({ path }) => path.endsWith(".md"))
      .map(({ path, text }) => ({ path, text: codeOf(text) }));
    assert.deepEqual([...matches(scripts, command), ...matches(documents, command)], []);
  });

  it(`keeps ARCHITECTURE.md within ${ARCHITECTURE_LINES} lines`, () => {
    const [architecture] = filesOf((path) => path === "ARCHITECTURE.md");
    assert.ok(architecture);
    assert.ok(lines(architecture.text) <= ARCHITECTURE_LINES, `${lines(architecture.text)} lines`);
  });

  it("has documents whose relative links lead somewhere", () => {
    const all = new Set(filesOf(() => true).map(({ path }) => path));
    const folders = new Set(
      [...all].flatMap((path) => path.split("/").map((_, i, parts) => parts.slice(0, i).join("/"))),
    );
    const broken = texts
      .filter(({ path }) => /^[A-Z]+\.md$/.test(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)]
          .map((match) => (match[1] ?? "").replace(/^\.\//, "").replace(/\/$/, ""))
          .filter((target) => !all.has(target) && !folders.has(target))
          .map((target) => `${path}: ${target}`),
      );
    assert.deepEqual(broken, []);
  });
});

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** `file: import` of every import that `isWrong` says so of. */
function eachImport(isWrong: (file: SourceFile, each: Import) => boolean): string[] {
  return typescript.flatMap((file) =>
    importsOf(file)
      .filter((each) => isWrong(file, each))
      .map(({ specifier }) => `${file.path}: ${specifier}`),
  );
}

/** `file:line: text` of every line that matches. */
function matches(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .map((line, i) => ({ line, at: `${path}:${i + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, at }) => `${at}: ${line.trim()}`),
  );
}

/** Fenced blocks and inline code of a document; other lines become empty, so that line numbers stay. */
function codeOf(markdown: string): string {
  let fenced = false;
  return markdown
    .split("\n")
    .map((line) => {
      if (line.trimStart().startsWith("```")) {
        fenced = !fenced;
        return "";
      }
      return fenced ? line : [...line.matchAll(/`[^`]+`/g)].map((match) => match[0]).join(" ");
    })
    .join("\n");
}

function lines(text: string): number {
  return text.split("\n").length - 1;
}
