/**
 * Runs the examples of the documentation: every block of README.md and docs/ that is fenced as `js` is written to a
 * file and run by Node, with the package built from the sources. Without a word it has to end by itself, with exit code 0. A comment on the
 * line before the block says otherwise:
 *
 *     <!-- run: as server.mjs, until "listening" -->    has this name; is stopped (SIGTERM) once it has printed that
 *     <!-- run: beside server.mjs -->                   while the block of that name, of the same page, runs
 *     <!-- not run: a fragment -->                      and why
 *
 * The port 8765, which every example uses, is replaced by a free one.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isProgram } from "./drawing.ts";
import { installPackage } from "./installed.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PATIENCE = 30_000;

export interface Example {
  /** The page, from the root of the project, and the line of the block's first line. */
  readonly place: string;
  readonly code: string;
  readonly name: string;
  /** What it prints when it may be stopped; `null`: it ends by itself. */
  readonly until: string | null;
  /** The name of the example that has to run meanwhile. */
  readonly beside: string | null;
  /** Why it is not run; `null`: it is. */
  readonly notRun: string | null;
}

/** The pages whose examples are run: README.md and docs/, in order. */
export function listPages(): string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .filter(
      (path) => path.endsWith(".md") && !/\/(node_modules|\.vitepress|reference)\//.test(path),
    );
  return ["README.md", ...docs.sort()];
}

/** The examples of a page. Throws a SyntaxError for a comment that it does not understand. */
export function readExamples(
  page: string,
  text: string = readFileSync(join(ROOT, page), "utf8"),
): Example[] {
  const blocks = /^(?:<!-- *((?:not )?run:.*?) *-->\n+)?```(\w*).*\n([\s\S]*?)^```$/gm;
  const examples: Example[] = [];
  for (const { 1: words, 2: language, 3: code = "", index, 0: whole } of text.matchAll(blocks)) {
    const line = text.slice(0, index + whole.indexOf("```")).split("\n").length + 1;
    const place = `${page}:${line}`;
    if (language === "js") {
      examples.push({
        place,
        code,
        ...readWords(words, place, `example-${examples.length + 1}.mjs`),
      });
    } else if (words !== undefined) {
      throw new SyntaxError(
        `${place}: only blocks fenced as js are run, this one is "${language}"`,
      );
    }
  }
  for (const { place, beside } of examples) {
    if (beside !== null && !examples.some(({ name, until }) => name === beside && until !== null)) {
      throw new SyntaxError(`${place}: no block of this page runs as ${beside} until something`);
    }
  }
  return examples;
}

function readWords(
  words: string | undefined,
  place: string,
  name: string,
): Omit<Example, "place" | "code"> {
  const plain = { name, until: null, beside: null, notRun: null };
  if (words === undefined) return plain;
  const notRun = /^not run: (.+)$/.exec(words)?.[1];
  if (notRun !== undefined) return { ...plain, notRun };
  const found = /^run: (?:as ([\w.-]+)(?:, |$))?(?:until "([^"]+)"$|beside ([\w.-]+)$)?$/.exec(
    words,
  );
  if (found === null) throw new SyntaxError(`${place}: not understood: <!-- ${words} -->`);
  return { ...plain, name: found[1] ?? name, until: found[2] ?? null, beside: found[3] ?? null };
}

/** The examples of a page that others run beside: each is started once, for all of them. */
export class Companions {
  readonly #started = new Map<string, Promise<Started>>();

  /** Resolves when it has printed what it was to print. */
  async start(example: Example): Promise<Started> {
    const started = this.#started.get(example.name) ?? startAlone(example);
    this.#started.set(example.name, started);
    const found = await started;
    await found.run.ready;
    return found;
  }

  /** Stops them all; rejects when one does not end as it should. */
  async stop(): Promise<void> {
    for (const started of this.#started.values()) {
      const { run } = await started;
      await run.stop();
    }
  }
}

interface Started {
  readonly run: Running;
  readonly port: string;
}

/**
 * Runs an example of `page`; rejects with what it printed when it does not do as it should.
 *
 * @param companions Those that run already, and go on; without it, they are started and stopped for this one.
 */
export async function runExample(
  example: Example,
  page: readonly Example[],
  companions?: Companions,
): Promise<void> {
  const around = companions ?? new Companions();
  try {
    if (page.some(({ beside }) => beside === example.name)) {
      await around.start(example);
    } else {
      const other = page.find(({ name }) => name === example.beside);
      const port = other === undefined ? await findPort() : (await around.start(other)).port;
      const { run } = await startAlone(example, String(port));
      await run.ready;
      await run.stop();
    }
  } finally {
    if (companions === undefined) await around.stop();
  }
}

async function startAlone(example: Example, port?: string): Promise<Started> {
  const folder = mkdtempSync(join(installPackage(), "example-"));
  const free = port ?? String(await findPort());
  return { run: start(example, folder, free), port: free };
}

interface Running {
  /** Fulfilled once it has printed what it was to print, or has ended well. */
  readonly ready: Promise<void>;
  /** Stops it if it is to be stopped, and waits for its end. */
  stop(): Promise<void>;
}

function start({ code, name, place, until }: Example, folder: string, port: string): Running {
  const file = join(folder, name);
  writeFileSync(file, code.replaceAll("8765", port));
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE,
    killSignal: "SIGKILL",
  });
  let printed = "";
  const ended = once(child, "close").then(([exit, signal]) => {
    rmSync(folder, { recursive: true, force: true });
    const stopped = until !== null && (signal === "SIGTERM" || exit === 0);
    if ((exit === 0 || stopped) && (until === null || printed.includes(until))) return;
    throw new Error(`${place} ended with ${exit ?? signal}, after printing:\n${printed}`);
  });
  ended.catch(() => {});
  const ready = new Promise<void>((fulfil, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (until !== null && printed.includes(until)) fulfil();
      });
    }
    ended.then(fulfil, reject);
  });
  return {
    ready,
    stop: () => {
      if (until !== null) child.kill("SIGTERM");
      return ended;
    },
  };
}

/** A port that is free now. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

if (isProgram(import.meta.url)) {
  for (const page of listPages()) {
    const examples = readExamples(page);
    const companions = new Companions();
    for (const example of examples) {
      if (example.notRun === null) await runExample(example, examples, companions);
      console.log(
        `${example.place}: ${example.notRun === null ? "ok" : `not run, ${example.notRun}`}`,
      );
    }
    await companions.stop();
  }
}
