/**
 * The table of floors: which wing of src/ stands where, and whom it may import.
 *
 * The table is the rule. `architecture.ts` holds the real imports against it, `scripts/draw-floors.ts` draws it into
 * ARCHITECTURE.md (`npm run draw`). To change a line, write a decision record (docs/decisions/) that says why.
 */

/** A folder of src/, or a file that stands in src/ itself. */
export interface Wing {
  /** A wing imports only wings of lower floors. */
  readonly floor: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** What the wing is, in a few words, for the drawing. */
  readonly is: string;
  /** The wings that it may import. */
  readonly imports: readonly string[];
  /** Its files that may import `node:*`; none if left out. */
  readonly node?: "every file" | readonly string[];
  /** Whether it may name types of foreign packages (`import type`); values never. */
  readonly foreignTypes?: true;
  /** Whether it may ask for Node's modules through `process.getBuiltinModule`, so that browsers still load it. */
  readonly asksForNode?: true;
  /** Planned; no file of it need exist yet. */
  readonly later?: true;
}

const GROUND = ["bytes", "platform", "error.ts"] as const;
const DOORS = [
  "node",
  "connection",
  "protocol",
  "extensions",
  "frames",
  "http",
  "logging",
  "error.ts",
] as const;

export const FLOORS: Readonly<Record<string, Wing>> = {
  "error.ts": { floor: 1, is: "the root of every error", imports: [] },
  bytes: { floor: 1, is: "joining and queueing bytes", imports: [], later: true },
  platform: {
    floor: 1,
    is: "the seam #platform",
    imports: [],
    node: ["src/platform/node.ts"],
  },
  logging: {
    floor: 1,
    is: "named loggers, levels, handlers",
    imports: [],
    asksForNode: true,
    foreignTypes: true,
  },
  frames: { floor: 2, is: "the grammar of frames", imports: [...GROUND] },
  http: { floor: 2, is: "the grammar of the handshake", imports: [...GROUND] },
  extensions: {
    floor: 3,
    is: "what may change a frame",
    imports: ["frames", "http", ...GROUND],
  },
  protocol: {
    floor: 4,
    is: "the machines, without I/O",
    imports: ["extensions", "frames", "http", ...GROUND],
  },
  connection: {
    floor: 5,
    is: "the async life of one connection",
    imports: ["protocol", "extensions", "frames", "http", "logging", "platform", "error.ts"],
  },
  node: {
    floor: 6,
    is: "sockets and servers of Node",
    imports: ["connection", "protocol", "extensions", "http", "logging", "platform"],
    node: "every file",
    foreignTypes: true,
  },
  native: {
    floor: 6,
    is: "platforms that speak the protocol for us",
    imports: ["connection", "logging"],
    later: true,
  },
  client: { floor: 7, is: "connect()", imports: [...DOORS], node: "every file" },
  server: { floor: 7, is: "serve() and attach()", imports: [...DOORS], node: "every file" },
  testing: {
    floor: 8,
    is: "the in-memory pair for users' tests",
    imports: ["client", "server", "connection", "protocol", "http"],
    node: "every file",
  },
  adapters: {
    floor: 8,
    is: "Express, Fastify, Hono",
    imports: ["server"],
    foreignTypes: true,
  },
  pubsub: {
    floor: 8,
    is: "topics, here and elsewhere",
    imports: ["server"],
    foreignTypes: true,
    later: true,
  },
  facades: {
    floor: 8,
    is: "other libraries' faces",
    imports: ["client", "server", "connection"],
    node: "every file",
    later: true,
  },
  cli: {
    floor: 8,
    is: "the program",
    imports: ["client", "server", "connection", "logging"],
    node: "every file",
  },
  "index.ts": {
    floor: 8,
    is: "the entry of the package",
    imports: [
      "client",
      "server",
      "node",
      "connection",
      "protocol",
      "frames",
      "http",
      "logging",
      "error.ts",
    ],
  },
};
