/** What the application says of a request: `processRequest`, asked and checked. */
import { checkNames, show, toPairs } from "../connection/options.ts";
import { checkHeader, type RawHeaders } from "../http/headers.ts";
import type { HandshakeRequest } from "../http/message.ts";
import { statusText } from "../http/status.ts";
import type { Admission, ProcessRequest } from "./options.ts";

/** The request comes in. `subprotocol` is undefined where the application leaves the choice to us. */
export interface Admitted<D> {
  readonly data: D | undefined;
  readonly subprotocol: string | null | undefined;
  readonly headers: RawHeaders;
}

/** The request is answered as plain HTTP. */
export interface PlainAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

/** The application's code has failed. */
export interface Crash {
  readonly crash: unknown;
}

/** Headers of a Response that belong to the connection and not to the answer: ours count. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** Asks the application. It never rejects. */
export async function askApplication<D>(
  processRequest: ProcessRequest<D>,
  request: HandshakeRequest,
): Promise<Admitted<D> | PlainAnswer | Crash> {
  try {
    const said = await processRequest(request);
    if (said === undefined || said === null)
      return { data: undefined, subprotocol: undefined, headers: [] };
    // A Response of another copy of fetch is one too: it must never pass for leave to come in.
    if (isResponse(said)) return await toPlainAnswer(said);
    return toAdmitted(said);
  } catch (crash) {
    return { crash };
  }
}

async function toPlainAnswer(response: Response): Promise<PlainAnswer> {
  const { status } = response;
  if (status < 200 || status > 599) {
    throw new RangeError(
      `processRequest answered with status ${status}: it must be from 200 to 599`,
    );
  }
  const body = new Uint8Array(await response.arrayBuffer());
  const headers: [string, string][] = [];
  for (const [name, value] of response.headers) {
    if (HOP_BY_HOP.has(name)) continue;
    headers.push([capitalise(name), value]);
  }
  return { status, statusText: response.statusText || statusText(status), headers, body };
}

function isResponse(said: object): said is Response {
  if (said instanceof Response) return true;
  return "arrayBuffer" in said && typeof said.arrayBuffer === "function" && "status" in said;
}

/** What an Admission may say. Anything else is a slip, such as `{ status: 401 }`, and must not let anybody in. */
const ADMISSION: ReadonlySet<string> = new Set(["data", "subprotocol", "headers"]);

/** Headers of the 101 that the handshake sets itself. */
const OWN = /^(?:connection|upgrade|date|content-length|transfer-encoding|sec-websocket-.*)$/i;

function toAdmitted<D>(said: Admission<D>): Admitted<D> {
  if (typeof said !== "object") {
    throw new TypeError(
      `processRequest returned a ${typeof said}: it can return a Response, { data, subprotocol, headers }, or nothing`,
    );
  }
  checkNames(said, ADMISSION, "what processRequest returns");
  const { data, subprotocol } = said;
  if (subprotocol !== undefined && subprotocol !== null && typeof subprotocol !== "string") {
    throw new TypeError(`subprotocol is ${show(subprotocol)}: it must be a string or null`);
  }
  const headers = toPairs("headers", said.headers ?? []);
  for (const [name, value] of headers) {
    checkHeader(name, value);
    if (OWN.test(name)) {
      throw new TypeError(`headers can't have ${name}: the opening handshake sets it`);
    }
  }
  return { data, subprotocol, headers };
}

/** WHATWG Headers lower all names; we write them as others do. */
function capitalise(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
