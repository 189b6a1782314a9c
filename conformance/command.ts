/** What was asked for on the command line. */
import { parseArgs } from "node:util";

export const USAGE = `npm run conformance -- server ws://host:port [options]   test a server (it must echo)
npm run conformance -- client --port N [options]         test a client (it asks for /getCaseCount,
                                                         /runCase?case=1&agent=name, /updateReports?agent=name)
npm run conformance -- self [options]                    test our own server and client
npm run conformance -- list [--cases …]                  name the cases

  --cases PATTERN   only these, e.g. --cases 6.* --cases 9.3.1; may be repeated
  --messages N      messages a case in groups 12 and 13 (default 100; the reference suite sends 1000)
  --parallel N      connections at a time (default 16; cases that are work, a quarter as many)
  --json FILE       write the verdicts for programs
  --html FILE       write a page with every case, what went over the wire, and the verdicts
  --port N          where to listen (client; default 9001)
  --host NAME       where to listen (client; default 127.0.0.1)

Exit codes: 0 nothing failed (self: every case is OK or INFORMATIONAL), 1 something did, 2 usage.
`;

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = "UsageError";
  }
}

export interface Command {
  readonly mode: "server" | "client" | "self" | "list";
  /** The server's address; empty in the other modes. */
  readonly address: string;
  readonly cases: readonly string[];
  readonly messages: number;
  readonly parallel: number;
  readonly port: number;
  readonly host: string;
  readonly json: string | null;
  readonly html: string | null;
}

function wholeNumber(name: string, value: string, smallest: number, largest: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= smallest && number <= largest) return number;
  throw new UsageError(
    `--${name} is ${value}; it must be a whole number from ${smallest} to ${largest}`,
  );
}

function isMode(word: string | undefined): word is Command["mode"] {
  return word === "server" || word === "client" || word === "self" || word === "list";
}

/** Throws a UsageError when the words do not make a command. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  const [mode, address = "", ...rest] = positionals;
  if (!isMode(mode)) throw new UsageError("say server, client, self or list");
  if (rest.length > 0 || (mode !== "server" && address !== ""))
    throw new UsageError("there are words too many");
  if (mode === "server" && address === "")
    throw new UsageError("say which server, e.g. ws://127.0.0.1:8765");
  return {
    mode,
    address,
    cases: (values.cases ?? [])
      .flatMap((list) => list.split(","))
      .filter((pattern) => pattern !== ""),
    messages: wholeNumber("messages", values.messages, 1, 1_000_000),
    parallel: wholeNumber("parallel", values.parallel, 1, 256),
    port: wholeNumber("port", values.port, 0, 65_535),
    host: values.host,
    json: values.json ?? null,
    html: values.html ?? null,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        cases: { type: "string", multiple: true },
        messages: { type: "string", default: "100" },
        parallel: { type: "string", default: "16" },
        port: { type: "string", default: "9001" },
        host: { type: "string", default: "127.0.0.1" },
        json: { type: "string" },
        html: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
