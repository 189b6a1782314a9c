/** Headless Chromium: a page that talks to `clearsocket serve`, and servers of ours that talk to it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "clearsocket";
import { type Browser, chromium, type Page } from "playwright-core";
import { Folder, makeCertificate, OPENSSL } from "../certificate.ts";
import { judgeSession, startEchoServer } from "../echo-server.ts";
import { BYTES, TEXT } from "../exchange.ts";
import { agreed } from "../foreign.ts";
import { findProgram, program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** Without them it looks for hosts of its maker, over a network that may not be there. */
const FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The functions `exchange` and `echo` of the page. */
const SCRIPT = readFileSync(new URL("../page.js", import.meta.url), "utf8");

/** What a call in the page gives. */
function call(
  page: Page,
  name: "exchange" | "echo",
  ...words: readonly string[]
): Promise<unknown> {
  return page.evaluate(`${name}(${words.map((word) => JSON.stringify(word)).join(", ")})`);
}

/** A page of this machine, in a browser of its own. */
async function withPage<T>(run: (page: Page) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>interop</title><script>${SCRIPT}</script>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let browser: Browser | null = null;
  try {
    const executablePath = (await findProgram("chromium")) ?? "chromium";
    browser = await chromium.launch({ executablePath, args: FLAGS });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await run(page);
  } finally {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  }
}

const EXPECTED = { echoed: TEXT, same: true, code: 1000, reason: "done", wasClean: true };

async function withEchoServer(): Promise<string> {
  await using server = await startEchoServer();
  await withPage(async (page) => {
    assert.deepEqual(await call(page, "exchange", server.url, TEXT), EXPECTED);
  });
  const lines = await server.session();
  judgeSession(lines, { binary: true, compression: true });
  return agreed(lines);
}

/** A browser neither fragments nor pings by itself: here the server does, and the browser answers. */
async function withServerThatBegins(): Promise<void> {
  let told: unknown = null;
  await using server = await serve(
    async (connection) => {
      try {
        await connection.send(["frag", "men", "ted"]);
        assert.equal(await connection.recv(), "fragmented");
        await connection.send([BYTES.subarray(0, 3), BYTES.subarray(3)]);
        assert.deepEqual(Uint8Array.from((await connection.recv()) as Uint8Array), BYTES);
        assert.ok((await connection.ping()) >= 0);
        const closure = await connection.close(4000, "enough");
        assert.deepEqual([closure.code, closure.clean], [4000, true]);
      } catch (error) {
        told = error;
      }
    },
    { port: 0, host: "127.0.0.1", logger: null },
  );
  const { port } = server.addresses[0] as AddressInfo;
  await withPage(async (page) => {
    const closed = await call(page, "echo", `ws://127.0.0.1:${port}`);
    assert.deepEqual(closed, { code: 4000, reason: "enough", wasClean: true });
  });
  if (told !== null) throw told;
}

async function overTls(): Promise<void> {
  await using folder = await Folder.make();
  const { key, cert } = await makeCertificate(folder);
  await using server = await serve(
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    { port: 0, host: "127.0.0.1", logger: null, tls: { key, cert } },
  );
  const { port } = server.addresses[0] as AddressInfo;
  await withPage(async (page) => {
    const url = `wss://localhost:${port}`;
    assert.deepEqual(await call(page, "exchange", url, TEXT), EXPECTED);
  });
}

const CHROMIUM = program("chromium");

export const trials: readonly Trial[] = [
  { name: "Chromium, client", needs: [CHROMIUM], run: withEchoServer },
  {
    name: "Chromium, client: fragments, pings and a close of the server's",
    needs: [CHROMIUM],
    run: withServerThatBegins,
  },
  { name: "Chromium, client: TLS", needs: [CHROMIUM, OPENSSL], run: overTls },
];
