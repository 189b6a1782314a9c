/** A certificate for the servers that speak TLS, made once a run. */
import { writeFileSync } from "node:fs";
import { Authority } from "../test/support/certificates.ts";
import { temporaryFile } from "../test/support/temporary.ts";

let env: Readonly<Record<string, string>> | null = null;

/** The part of a server's environment that makes it speak TLS. */
export function tlsEnvironment(): Readonly<Record<string, string>> {
  if (env !== null) return env;
  const { cert, key } = new Authority("bench").issue("localhost", ["localhost", "127.0.0.1"]);
  const made = { TLS_CERT: temporaryFile("cert.pem"), TLS_KEY: temporaryFile("key.pem") };
  writeFileSync(made.TLS_CERT, cert);
  writeFileSync(made.TLS_KEY, key, { mode: 0o600 });
  env = made;
  return made;
}
