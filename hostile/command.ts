/** What was asked for on the command line. */
import { parseArgs } from "node:util";

export const USAGE = `npm run hostile -- server ws://host:port [options]    attack a server (it must echo)
npm run hostile -- client "command {url}" [options]   attack a client (see hostile/README.md)
npm run hostile -- self [options]                     attack our own server and client
npm run hostile -- list                               name the cases

  --pid N           the server's process: then its memory and its sockets are looked at
  --cases PATTERN   only these, e.g. --cases frames --cases 'request/host-*'; may be repeated
  --only NAME       of self: only the runs whose name holds this, e.g. attach or client
  --brief           of self: without the heavy cases, and not every configuration (for every change)
  --json FILE       write the outcomes for programs

Exit codes: 0 all passed, 1 something failed, 2 usage.
`;

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = "UsageError";
  }
}

const MODES = ["server", "client", "self", "list"] as const;

export interface Command {
  readonly mode: (typeof MODES)[number];
  /** The server's address, or the client's command; empty in the other modes. */
  readonly target: string;
  readonly pid: number | null;
  readonly cases: readonly string[];
  readonly only: string;
  readonly brief: boolean;
  readonly json: string | null;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        pid: { type: "string" },
        cases: { type: "string", multiple: true, default: [] },
        only: { type: "string", default: "" },
        brief: { type: "boolean", default: false },
        json: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Throws a UsageError when the words do not make a command. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  const [word, target = "", ...rest] = positionals;
  const mode = MODES.find((one) => one === word);
  if (mode === undefined) throw new UsageError("say server, client, self or list");
  const takesTarget = mode === "server" || mode === "client";
  if (rest.length > 0 || (!takesTarget && target !== ""))
    throw new UsageError("there are words too many");
  if (mode === "server" && !/^ws:\/\/./.test(target))
    throw new UsageError("say which server, e.g. ws://127.0.0.1:8765");
  if (mode === "client" && target === "")
    throw new UsageError('say which client, e.g. "node client.mjs {url}"');
  const pid = values.pid === undefined ? null : Number(values.pid);
  if (pid !== null && !(Number.isInteger(pid) && pid > 0))
    throw new UsageError(`--pid is ${values.pid}; it must be a whole number above 0`);
  const cases = values.cases.flatMap((list) => list.split(",")).filter((one) => one !== "");
  const { only, brief, json = null } = values;
  return { mode, target, pid, cases, only, brief, json };
}
