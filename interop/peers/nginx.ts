/** nginx in front of `clearsocket serve`. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, InvalidStatus } from "clearsocket";
import { type Certificate, Folder, makeCertificate, OPENSSL } from "../certificate.ts";
import { Child } from "../child.ts";
import { startEchoServer } from "../echo-server.ts";
import { exchange } from "../exchange.ts";
import { findProgram, program } from "../need.ts";
import { freePort, waitForPort } from "../port.ts";
import { exchangeOverTls, IDLE, idle } from "../through-proxy.ts";
import type { Trial } from "../trial.ts";

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly backend: number;
  readonly certificate: Certificate | null;
}

function configure({ folder, port, backend, certificate }: Place): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  const tls =
    certificate === null
      ? ""
      : `ssl_certificate ${certificate.certFile};\n    ssl_certificate_key ${certificate.keyFile};`;
  return `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port}${certificate === null ? "" : " ssl"};
    ${tls}
    location / {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
    }
    location /idle {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout ${IDLE}s;
    }
    location /plain {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
    }
    location /old {
      proxy_pass http://127.0.0.1:${backend};
    }
  }
}
`;
}

async function withNginx<T>(
  secure: boolean,
  run: (port: number, certificate: Certificate | null) => Promise<T>,
): Promise<T> {
  await using folder = await Folder.make();
  await using server = await startEchoServer();
  const certificate = secure ? await makeCertificate(folder) : null;
  const port = await freePort();
  const file = join(folder.path, "nginx.conf");
  await writeFile(
    file,
    configure({ folder: folder.path, port, backend: server.port, certificate }),
  );
  const command = (await findProgram("nginx")) ?? "nginx";
  await using _nginx = new Child(command, ["-p", folder.path, "-c", file, "-e", "stderr"]);
  await waitForPort(port);
  return await run(port, certificate);
}

/** Whoever forgets the headers of the upgrade, or that nginx speaks HTTP/1.0 by default, is told and not left waiting. */
async function refuse(port: number): Promise<void> {
  for (const [path, status] of [
    ["/plain", 426],
    ["/old", 505],
  ] as const) {
    await assert.rejects(connect(`ws://127.0.0.1:${port}${path}`, { logger: null }), (error) => {
      assert.ok(error instanceof InvalidStatus);
      assert.equal(error.response.status, status);
      return true;
    });
  }
}

const NGINX = program("nginx", "nginx-light");

export const trials: readonly Trial[] = [
  {
    name: "nginx in front of our server",
    needs: [NGINX],
    run: () => withNginx(false, (port) => exchange(`ws://127.0.0.1:${port}/`)),
  },
  {
    name: "nginx that ends TLS",
    needs: [NGINX, OPENSSL],
    run: () =>
      withNginx(true, (port, certificate) => exchangeOverTls(port, certificate?.cert ?? "")),
  },
  {
    name: "nginx that cuts idle connections, and keepalive",
    needs: [NGINX],
    run: () => withNginx(false, (port) => idle(`ws://127.0.0.1:${port}/idle`)),
  },
  {
    name: "nginx without the headers of the upgrade",
    needs: [NGINX],
    run: () => withNginx(false, refuse),
  },
];
