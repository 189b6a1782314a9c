/** What is measured. The rows without a prefix are those that other people's figures are given for. */

/** A figure by which subjects are compared. Less is better in each. */
export type Measure = "cpuPerMessage" | "kibPerConnection" | "p50" | "p99" | "milliseconds";

interface Common {
  readonly name: string;
  /** What a person reads in the list. */
  readonly about: string;
  /** The figures whose ratios are told; the first is drawn. */
  readonly measures: readonly [Measure, ...Measure[]];
  /** The subjects, where `--against` has no say; the first is the one in question, the last the base. */
  readonly subjects?: readonly string[];
  /** Which of our servers it is, unless it is the plain one. */
  readonly ours?: string;
}

export type Deflate = "" | "takeover" | "no-takeover";

/** The generator drives a server. */
export interface ServerWorkload extends Common {
  readonly kind: "server";
  readonly args: readonly string[];
  readonly deflate: Deflate;
  readonly tls: boolean;
  /** Each run has a server of its own: memory that was used stays used. */
  readonly fresh: boolean;
}

/** The generator drives a server at a share of what the base can do. */
export interface PacedWorkload extends Common {
  readonly kind: "paced";
  readonly connections: number;
  readonly size: number;
  readonly load: number;
}

/** A client drives the generator, which is a server. */
export interface ClientWorkload extends Common {
  readonly kind: "client";
  readonly work: "echo" | "receive" | "send" | "connect";
  readonly connections: number;
  readonly depth: number;
  readonly size: number;
}

/** The package is imported by a process that has just begun. */
export interface ImportWorkload extends Common {
  readonly kind: "import";
}

export type Workload = ServerWorkload | PacedWorkload | ClientWorkload | ImportWorkload;

const CPU = ["cpuPerMessage"] as const;
const KIB = 1024;

type Details = Partial<Omit<ServerWorkload, "kind" | "name" | "args">>;

function server(name: string, about: string, args: string, details: Details = {}): ServerWorkload {
  const words = args.split(" ");
  return {
    ...{ kind: "server", name, about, args: words, measures: CPU },
    ...{ deflate: "", tls: false, fresh: false },
    ...details,
  };
}

function idle(name: string, about: string, args: string, deflate: Deflate = ""): ServerWorkload {
  const words = `idle --connections 10000 ${args}`.trim();
  return server(name, about, words, { deflate, fresh: true, measures: ["kibPerConnection"] });
}

type Load = Omit<ClientWorkload, "kind" | "name" | "about" | "measures">;

function client(name: string, about: string, load: Load): ClientWorkload {
  return { kind: "client", name, about, measures: CPU, ...load };
}

const TAKEOVER: Details = { deflate: "takeover" };
const NO_TAKEOVER: Details = { deflate: "no-takeover" };
const TLS: Details = { tls: true };
const JSON_1K = "--size 1024 --text --payload json";
const ITERATE: Details = { subjects: ["clearsocket-iterate", "clearsocket"] };

export const WORKLOADS: readonly Workload[] = [
  server("echo-64-c1", "echo of 64 bytes, 1 connection", "echo --size 64", {
    measures: ["p50", "cpuPerMessage"],
  }),
  server("echo-64-c100", "echo of 64 bytes, 100 connections", "echo --connections 100 --size 64"),
  server(
    "echo-64-c100-d16",
    "echo of 64 bytes, 100 connections, 16 deep",
    "echo --connections 100 --size 64 --depth 16",
  ),
  server(
    "echo-64-c10000",
    "echo of 64 bytes, 10 000 connections",
    "echo --connections 10000 --size 64",
  ),
  server("echo-1k-c100", "echo of 1 KiB, 100 connections", "echo --connections 100 --size 1024"),
  server(
    "echo-1k-c100-d16",
    "echo of 1 KiB, 100 connections, 16 deep",
    "echo --connections 100 --size 1024 --depth 16",
  ),
  server("echo-64k-c8", "echo of 64 KiB, 8 connections", "echo --connections 8 --size 65536"),
  server("echo-1m-c4", "echo of 1 MiB, 4 connections", "echo --connections 4 --size 1048576"),
  server(
    "echo-64-text",
    "echo of 64 bytes of ASCII text, 100 connections, 16 deep",
    "echo --connections 100 --size 64 --depth 16 --text",
  ),
  server(
    "echo-1k-text",
    "echo of 1 KiB of ASCII text, 100 connections, 16 deep",
    "echo --connections 100 --size 1024 --depth 16 --text",
  ),
  server(
    "echo-1k-utf8",
    "echo of 1 KiB of multi-byte text, 100 connections, 16 deep",
    "echo --connections 100 --size 1024 --depth 16 --text --payload utf8",
  ),
  server(
    "echo-64k-text",
    "echo of 64 KiB of ASCII text, 8 connections",
    "echo --connections 8 --size 65536 --text",
  ),
  server(
    "echo-64k-utf8",
    "echo of 64 KiB of multi-byte text, 8 connections",
    "echo --connections 8 --size 65536 --text --payload utf8",
  ),
  server("sink-64", "receiving 64 bytes, 20 connections", "sink --connections 20 --size 64"),
  server("sink-1k", "receiving 1 KiB, 20 connections", "sink --connections 20 --size 1024"),
  server(
    "sink-64-text",
    "receiving 64 bytes of text, 20 connections",
    "sink --connections 20 --size 64 --text",
  ),
  server(
    "source-64",
    "sending 64 bytes, 100 in a turn, 20 connections",
    "source --connections 20 --size 64 --batch 100",
  ),
  server(
    "source-1k",
    "sending 1 KiB, 100 in a turn, 20 connections",
    "source --connections 20 --size 1024 --batch 100",
  ),
  server("handshake", "opening and closing, 32 at a time", "handshake --connections 32"),
  server(
    "handshake-rst",
    "opening, then a reset, 32 at a time",
    "handshake --connections 32 --reset",
  ),
  server(
    "handshake-attach",
    "opening and closing beside node:http, 32 at a time",
    "handshake --connections 32",
    { ours: "clearsocket-attach" },
  ),
  idle("idle-10k", "10 000 connections that are idle", ""),
  idle("idle-10k-used", "10 000 connections, used once", "--messages 1"),
  idle(
    "idle-10k-deflate",
    "10 000 connections that compressed once, with context takeover",
    `--messages 1 ${JSON_1K} --deflate takeover`,
    "takeover",
  ),
  idle(
    "idle-10k-deflate-nt",
    "10 000 connections that compressed once, without context takeover",
    `--messages 1 ${JSON_1K} --deflate no-takeover`,
    "no-takeover",
  ),
  server(
    "fanout-1k",
    "128 bytes to 1 000 subscribers, one broadcast at a time",
    "fanout --connections 1000 --size 128",
  ),
  server(
    "fanout-5k",
    "128 bytes to 5 000 subscribers, one broadcast at a time",
    "fanout --connections 5000 --size 128",
  ),
  server(
    "fanout-1k-d8",
    "128 bytes to 1 000 subscribers, 8 broadcasts in flight",
    "fanout --connections 1000 --size 128 --depth 8",
  ),
  server(
    "deflate-1k",
    "echo of 1 KiB of JSON, compressed with context takeover",
    `echo --connections 50 ${JSON_1K} --deflate takeover`,
    TAKEOVER,
  ),
  server(
    "deflate-1k-nt",
    "echo of 1 KiB of JSON, compressed without context takeover",
    `echo --connections 50 ${JSON_1K} --deflate no-takeover`,
    NO_TAKEOVER,
  ),
  server(
    "deflate-1k-d16",
    "echo of 1 KiB of JSON, compressed with context takeover, 16 deep",
    `echo --connections 50 --depth 16 ${JSON_1K} --deflate takeover`,
    TAKEOVER,
  ),
  server(
    "deflate-64k",
    "echo of 64 KiB of JSON, compressed with context takeover",
    "echo --connections 8 --size 65536 --text --payload json --deflate takeover",
    TAKEOVER,
  ),
  server(
    "wss-echo-64-c100",
    "TLS: echo of 64 bytes, 100 connections",
    "echo --connections 100 --size 64 --tls",
    TLS,
  ),
  server(
    "wss-echo-64-c100-d16",
    "TLS: echo of 64 bytes, 100 connections, 16 deep",
    "echo --connections 100 --size 64 --depth 16 --tls",
    TLS,
  ),
  server(
    "wss-echo-64k-c8",
    "TLS: echo of 64 KiB, 8 connections",
    "echo --connections 8 --size 65536 --tls",
    TLS,
  ),
  server(
    "wss-source-64",
    "TLS: sending 64 bytes, 100 in a turn, 20 connections",
    "source --connections 20 --size 64 --batch 100 --tls",
    TLS,
  ),
  server(
    "iterate-64-c100",
    "`for await` with `await send()` against `consume` with `post`: 64 bytes, 100 connections",
    "echo --connections 100 --size 64",
    ITERATE,
  ),
  server(
    "iterate-64-c100-d16",
    "`for await` with `await send()` against `consume` with `post`: 64 bytes, 16 deep",
    "echo --connections 100 --size 64 --depth 16",
    ITERATE,
  ),
  {
    kind: "paced",
    name: "p99-64-c100",
    about: "latency at 70 % of what the base can echo, 64 bytes, 100 connections",
    measures: ["p99", "p50", "cpuPerMessage"],
    connections: 100,
    size: 64,
    load: 0.7,
  },
  client("client-echo-64", "client: echo of 64 bytes, 100 connections", {
    ...{ work: "echo", connections: 100, depth: 1, size: 64 },
  }),
  client("client-echo-64-d16", "client: echo of 64 bytes, 20 connections, 16 deep", {
    ...{ work: "echo", connections: 20, depth: 16, size: 64 },
  }),
  client("client-echo-64k", "client: echo of 64 KiB, 8 connections", {
    ...{ work: "echo", connections: 8, depth: 1, size: 64 * KIB },
  }),
  client("client-receive-64", "client: receiving 64 bytes, 20 connections", {
    ...{ work: "receive", connections: 20, depth: 1, size: 64 },
  }),
  client("client-send-64", "client: sending 64 bytes, 100 in a turn, 20 connections", {
    ...{ work: "send", connections: 20, depth: 1, size: 64 },
  }),
  client("client-connect", "client: connecting and closing, 32 at a time", {
    ...{ work: "connect", connections: 32, depth: 1, size: 64 },
  }),
  {
    kind: "import",
    name: "import",
    about: "import of the package in a new process",
    measures: ["milliseconds"],
  },
];

/** What the figures are in. Less is better in each. */
export const UNITS: Readonly<Record<Measure, string>> = {
  cpuPerMessage: "µs of processor time a message",
  kibPerConnection: "KiB a connection",
  p50: "µs, median latency",
  p99: "µs, 99th percentile of the latency",
  milliseconds: "ms",
};

/** The workloads that a word stands for: its own name, a pattern with `*`, or `all`. */
export function findWorkloads(word: string): readonly Workload[] {
  const escaped = (word === "all" ? "*" : word)
    .split("*")
    .map((part) => part.replace(/\W/g, "\\$&"));
  const pattern = new RegExp(`^${escaped.join(".*")}$`);
  return WORKLOADS.filter(({ name }) => pattern.test(name));
}
