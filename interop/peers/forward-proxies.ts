/** squid, tinyproxy, dante and microsocks between our client and a server. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type ConnectOptions, connect, InvalidProxyStatus, ProxyError, serve } from "clearsocket";
import { Folder, makeCertificate, OPENSSL } from "../certificate.ts";
import { Child } from "../child.ts";
import { startEchoServer } from "../echo-server.ts";
import { exchange } from "../exchange.ts";
import { findProgram, program } from "../need.ts";
import { freePort, waitForPort } from "../port.ts";
import { connectBySocks } from "../socks.ts";
import type { Trial } from "../trial.ts";

type Proxy = NonNullable<ConnectOptions["proxy"]>;

/** How a proxy is started: its arguments, and its configuration if it reads one. */
interface Daemon {
  readonly name: string;
  readonly words: (port: number, file: string) => readonly string[];
  readonly configuration?: (port: number) => string;
}

const SQUID: Daemon = {
  name: "squid",
  words: (_port, file) => ["-N", "-f", file],
  configuration: (port) => `http_port 127.0.0.1:${port}
pid_filename none
access_log none
cache_log /dev/null
cache deny all
http_access allow localhost
shutdown_lifetime 0 seconds
`,
};

const TINYPROXY: Daemon = {
  name: "tinyproxy",
  words: (_port, file) => ["-d", "-c", file],
  configuration: (port) => `Port ${port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 10
BasicAuth me secret
`,
};

const DANTE: Daemon = {
  name: "danted",
  words: (_port, file) => ["-f", file],
  configuration: (port) => `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: none
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
`,
};

const MICROSOCKS: Daemon = {
  name: "microsocks",
  words: (port) => ["-i", "127.0.0.1", "-p", String(port), "-u", "me", "-P", "secret"],
};

async function withDaemon<T>(daemon: Daemon, run: (port: number) => Promise<T>): Promise<T> {
  await using folder = await Folder.make();
  const port = await freePort();
  const file = join(folder.path, "configuration");
  if (daemon.configuration !== undefined) await writeFile(file, daemon.configuration(port));
  const command = (await findProgram(daemon.name)) ?? daemon.name;
  await using _daemon = new Child(command, daemon.words(port, file));
  await waitForPort(port);
  return await run(port);
}

async function through(proxy: Proxy): Promise<string> {
  await using server = await startEchoServer();
  return await exchange(server.url, { proxy });
}

async function throughWithTls(proxy: Proxy): Promise<string> {
  await using folder = await Folder.make();
  const { key, cert } = await makeCertificate(folder);
  await using server = await serve(
    async (connection) => {
      for await (const message of connection) await connection.send(message);
    },
    { port: 0, host: "127.0.0.1", logger: null, tls: { key, cert } },
  );
  const { port } = server.addresses[0] as AddressInfo;
  return await exchange(`wss://localhost:${port}/`, { proxy, tls: { ca: cert } });
}

function socks(url: string): Proxy {
  return { url, connect: connectBySocks };
}

async function tryTinyproxy(port: number): Promise<string> {
  const bare = connect("ws://127.0.0.1:1/", { proxy: `http://127.0.0.1:${port}`, logger: null });
  await assert.rejects(bare, (error) => {
    assert.ok(error instanceof InvalidProxyStatus, String(error));
    assert.equal(error.response.status, 407);
    return true;
  });
  return await through(`http://me:secret@127.0.0.1:${port}`);
}

async function tryMicrosocks(port: number): Promise<string> {
  const bare = connect("ws://127.0.0.1:1/", {
    proxy: socks(`socks5h://127.0.0.1:${port}`),
    logger: null,
  });
  await assert.rejects(bare, ProxyError);
  return await through(socks(`socks5h://me:secret@127.0.0.1:${port}`));
}

export const trials: readonly Trial[] = [
  {
    name: "squid between our client and a server",
    needs: [program("squid")],
    run: () => withDaemon(SQUID, (port) => through(`http://127.0.0.1:${port}`)),
  },
  {
    name: "squid between our client and a server with TLS",
    needs: [program("squid"), OPENSSL],
    run: () => withDaemon(SQUID, (port) => throughWithTls(`http://127.0.0.1:${port}`)),
  },
  {
    name: "tinyproxy, which wants a password",
    needs: [program("tinyproxy")],
    run: () => withDaemon(TINYPROXY, tryTinyproxy),
  },
  {
    name: "dante (SOCKS 5)",
    needs: [program("danted", "dante-server")],
    run: () => withDaemon(DANTE, (port) => through(socks(`socks5h://127.0.0.1:${port}`))),
  },
  {
    name: "microsocks (SOCKS 5), which wants a password",
    needs: [program("microsocks")],
    run: () => withDaemon(MICROSOCKS, tryMicrosocks),
  },
];
