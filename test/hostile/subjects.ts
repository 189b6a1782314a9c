/** Our own server in this process, as the hostile suite's subject. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type Case, NotApplicable } from "../../hostile/case.ts";
import { ServerSubject, serverAt } from "../../hostile/server-subject.ts";
import type { Subject } from "../../hostile/subject.ts";
import type { AttachOptions, Handler } from "../../src/index.ts";
import { attach } from "../../src/index.ts";
import { echo, start } from "../support/server.ts";

type Options = Partial<AttachOptions<undefined>>;

export async function served(t: TestContext, options: Options = {}): Promise<ServerSubject> {
  const { port } = await start<undefined>(t, echo as Handler<undefined>, options);
  return ServerSubject.from(serverAt(`ws://127.0.0.1:${port}/`, null));
}

export async function attached(t: TestContext, options: Options = {}): Promise<ServerSubject> {
  const http = createServer((_, response) => response.end("plain"));
  const server = attach(http, echo as Handler<undefined>, { logger: null, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    await server.close({ deadline: 0 });
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return ServerSubject.from(serverAt(`ws://127.0.0.1:${port}/`, null));
}

/** Plays them, and gives what failed, a line each. */
export async function failures<S extends Subject>(
  subject: S,
  cases: readonly Case<S>[],
): Promise<string[]> {
  const failed: string[] = [];
  for (const one of cases) {
    try {
      await one.play(subject);
    } catch (error) {
      if (!(error instanceof NotApplicable)) failed.push(`${one.id}: ${String(error)}`);
    }
  }
  return failed;
}
