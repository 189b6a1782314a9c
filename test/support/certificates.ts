/**
 * Certificates for one test process: an authority and what it vouches for, made on the spot, so that none is kept in the
 * sources and none expires (RFC 5280, in DER by hand).
 */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const DAY = 86_400_000;

function der(tag: number, ...pieces: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(pieces);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid("1.2.840.10045.4.3.2"));
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function nameOf(common: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid("2.5.4.3"), der(0x0c, Buffer.from(common)))));
}

function time(date: number): Buffer {
  const text = new Date(date)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, "")
    .slice(2);
  return der(0x17, Buffer.from(text));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return der(SEQUENCE, oid(id), ...(isCritical ? [TRUE] : []), der(0x04, value));
}

function alternatives(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    if (isIPv4(name)) return der(0x87, Buffer.from(name.split(".").map(Number)));
    return der(0x82, Buffer.from(name));
  });
  return extension("2.5.29.17", der(SEQUENCE, ...entries));
}

interface Subject {
  readonly name: string;
  readonly key: KeyObject;
}

/** The certificate of `subject`, as PEM, signed by `issuer`, who is an authority. */
function certify(subject: Subject, issuer: Subject, names: readonly string[]): string {
  const now = Date.now();
  const isAuthority = subject === issuer;
  const extensions = [
    // basicConstraints: whether it may vouch for others.
    extension("2.5.29.19", der(SEQUENCE, ...(isAuthority ? [TRUE] : [])), true),
    ...(names.length > 0 ? [alternatives(names)] : []),
  ];
  const body = der(
    SEQUENCE,
    der(0xa0, Buffer.from([0x02, 0x01, 0x02])),
    der(0x02, Buffer.from([0x01]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    der(SEQUENCE, time(now - DAY), time(now + DAY)),
    nameOf(subject.name),
    createPublicKey(subject.key).export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign("sha256", body, issuer.key);
  const whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function makeKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** Vouches for others; whoever trusts `cert` trusts them. */
export class Authority {
  readonly cert: string;
  readonly #self: Subject;

  constructor(name = "an authority of the tests") {
    this.#self = { name, key: makeKey() };
    this.cert = certify(this.#self, this.#self, []);
  }

  /** An identity; a server's is for the host names and IPv4 addresses in `names`. */
  issue(name: string, names: readonly string[] = []): Identity {
    const key = makeKey();
    const cert = certify({ name, key }, this.#self, names);
    return { cert, key: key.export({ type: "pkcs8", format: "pem" }).toString() };
  }
}
