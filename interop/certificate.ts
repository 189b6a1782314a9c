/** A certificate for 127.0.0.1 and localhost that signs itself, made for one trial. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Need, program } from "./need.ts";

/** What makes certificates. */
export const OPENSSL: Need = program("openssl");

/** A folder for one trial, deleted at its end. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "clearsocket-interop-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** A file with both, for programs that want it so; the others stand beside it. */
  readonly both: string;
  readonly keyFile: string;
  readonly certFile: string;
}

export async function makeCertificate({ path }: Folder): Promise<Certificate> {
  const keyFile = join(path, "key.pem");
  const certFile = join(path, "cert.pem");
  const both = join(path, "both.pem");
  await promisify(execFile)("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-keyout", keyFile, "-out", certFile],
  ]);
  const key = await readFile(keyFile, "utf8");
  const cert = await readFile(certFile, "utf8");
  await writeFile(both, cert + key);
  return { key, cert, both, keyFile, certFile };
}
