/** Who is measured: our own library and the peers, as servers and as clients. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Workload } from "./workloads.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = dirname(HERE.replace(/\/$/, ""));
const PEERS = join(HERE, "peers");

type Role = "server" | "client" | "import";

export interface Subject {
  readonly name: string;
  /** Files below bench/, for each role that it can take. */
  readonly files: Partial<Record<"server" | "client", string>>;
  /** The module whose import is timed. */
  readonly module?: string;
  /** Packages that have to be installed. */
  readonly packages: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it cannot do. */
  readonly lacks: readonly ("deflate" | "tls")[];
  readonly runtime: "node" | "bun";
}

const PLAIN = { packages: [], env: {}, lacks: [], runtime: "node" } as const;
const OURS = "servers/clearsocket.mjs";
const NO_HELPER = { WS_NO_BUFFER_UTIL: "1" };

export const SUBJECTS: readonly Subject[] = [
  {
    ...PLAIN,
    name: "clearsocket",
    files: { server: OURS, client: "clients/clearsocket.mjs" },
    module: "clearsocket",
  },
  { ...PLAIN, name: "clearsocket-attach", files: { server: OURS }, env: { ATTACH: "1" } },
  { ...PLAIN, name: "clearsocket-iterate", files: { server: OURS }, env: { READ: "iterate" } },
  {
    ...PLAIN,
    name: "ws",
    files: { server: "servers/ws.mjs", client: "clients/ws.mjs" },
    module: "ws",
    packages: ["ws"],
    env: NO_HELPER,
  },
  {
    ...PLAIN,
    name: "ws-bufferutil",
    files: { server: "servers/ws-bufferutil.mjs", client: "clients/ws.mjs" },
    packages: ["ws", "bufferutil"],
  },
  {
    ...PLAIN,
    name: "websocket",
    files: { server: "servers/websocket.mjs" },
    module: "websocket",
    packages: ["websocket"],
    lacks: ["deflate"],
  },
  {
    ...PLAIN,
    name: "faye-websocket",
    files: { server: "servers/faye-websocket.mjs" },
    module: "faye-websocket",
    packages: ["faye-websocket"],
    lacks: ["deflate"],
  },
  {
    ...PLAIN,
    name: "undici",
    files: { client: "clients/undici.mjs" },
    module: "undici",
    packages: ["undici"],
  },
  { ...PLAIN, name: "bun", files: { server: "servers/bun.mjs" }, runtime: "bun" },
];

function roleIn(workload: Workload): Role {
  switch (workload.kind) {
    case "server":
    case "paced":
      return "server";
    case "client":
    case "import":
      return workload.kind;
    default:
      return workload satisfies never;
  }
}

/** Why a subject cannot take part in a workload; null when it can. What is not installed is another matter. */
export function whyNot(subject: Subject, workload: Workload): string | null {
  const role = roleIn(workload);
  if (role === "import") return subject.module === undefined ? "is no package of its own" : null;
  if (subject.files[role] === undefined) return `is no ${role} here`;
  if (workload.kind !== "server") return null;
  if (workload.deflate !== "" && subject.lacks.includes("deflate")) return "has no compression";
  return workload.tls && subject.lacks.includes("tls") ? "has no TLS" : null;
}

const requirePeer = createRequire(join(PEERS, "package.json"));

/** Where a package of the peers begins; null when it is not installed. */
function resolvePeer(name: string): string | null {
  try {
    return requirePeer.resolve(name);
  } catch {
    return null;
  }
}

/** Where bun is: on the PATH, or among the peers. */
function findBun(): string | null {
  const folders = [
    join(PEERS, "node_modules", ".bin"),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  return folders.map((folder) => join(folder, "bun")).find((file) => existsSync(file)) ?? null;
}

/** What is missing for a subject to run, as a sentence; null when nothing is. */
export function whatIsMissing(subject: Subject): string | null {
  if (subject.runtime === "bun" && findBun() === null)
    return "bun is not installed: npm install --no-save --prefix bench/peers bun";
  if (subject.name.startsWith("clearsocket") && !existsSync(join(ROOT, "dist", "index.js")))
    return "dist/ is not built: npm run build";
  const missing = subject.packages.filter((name) => resolvePeer(name) === null);
  if (missing.length === 0) return null;
  return `${missing.join(" and ")} not installed: npm ci --prefix bench/peers`;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The command that runs a subject in a role. */
export function commandFor(subject: Subject, role: "server" | "client", node: string): Command {
  const program = subject.runtime === "bun" ? (findBun() ?? "bun") : node;
  return { program, args: [join(HERE, subject.files[role] ?? "")], env: subject.env };
}

/** The module to import, as a URL. */
export function moduleOf({ module: name = "" }: Subject): string {
  const file = name === "clearsocket" ? join(ROOT, "dist", "index.js") : resolvePeer(name);
  return pathToFileURL(file ?? name).href;
}

/** The version that is measured; empty when it cannot be told. */
export function versionOf(subject: Subject): string {
  if (subject.runtime === "bun")
    return (
      spawnSync(findBun() ?? "bun", ["--version"])
        .stdout?.toString()
        .trim() ?? ""
    );
  const name = subject.packages[0];
  const file =
    name === undefined ? join(ROOT, "package.json") : manifestAbove(resolvePeer(name) ?? "", name);
  return file === null ? "" : String(JSON.parse(readFileSync(file, "utf8")).version);
}

function manifestAbove(file: string, name: string): string | null {
  const mark = `${join("node_modules", name)}`;
  const at = file.lastIndexOf(mark);
  return at < 0 ? null : join(file.slice(0, at + mark.length), "package.json");
}

export function findSubject(name: string): Subject | undefined {
  return SUBJECTS.find((subject) => subject.name === name);
}
