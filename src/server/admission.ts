/** What the application says of a request: `processRequest`, asked and checked. */
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
    if (said instanceof Response) return await toPlainAnswer(said);
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

function toAdmitted<D>(said: Admission<D>): Admitted<D> {
  if (typeof said !== "object") {
    throw new TypeError(
      `processRequest returned a ${typeof said}: it can return a Response, { data, subprotocol, headers }, or nothing`,
    );
  }
  const headers: [string, string][] = [];
  const given = said.headers ?? [];
  const pairs =
    given instanceof Headers || Array.isArray(given)
      ? given
      : Object.entries(given as Record<string, string>);
  for (const [name, value] of pairs as Iterable<readonly [string, string]>) {
    checkHeader(name, value);
    headers.push([name, value]);
  }
  return { data: said.data, subprotocol: said.subprotocol, headers };
}

/** WHATWG Headers lower all names; we write them as others do. */
function capitalise(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
