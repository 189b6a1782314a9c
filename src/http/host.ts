/** The Host header and other authorities: `host[:port]` (RFC 9110 §7.2, RFC 3986 §3.2). */

/** A host as WHATWG URL writes it (lower case, IPv6 in brackets), and its port if it was written. */
export interface Host {
  readonly host: string;
  readonly port: number | null;
}

/** RFC 3986 §3.2.2: an IP-literal, or else an IPv4 address or a reg-name. No user, no path, no white space. */
const LITERAL = /^\[[0-9A-Fa-f:.]+\]$/;
const NAME = /^[A-Za-z0-9._~%!$&'()*+,;=-]+$/;
const PORT = /^[0-9]{0,5}$/;

/** The last text that was a host, and what it was: a server is asked for the same one again and again. */
let last: { readonly text: string; readonly host: Host } | null = null;

/** `text` as a host and a port, or null when it is none: the grammar must fit, and WHATWG URL must take it. */
export function parseHost(text: string): Host | null {
  if (text === last?.text) return last.host;
  const end = endOfHost(text);
  const name = text.slice(0, end);
  const port = text.slice(end + 1);
  if (!(LITERAL.test(name) || NAME.test(name)) || !PORT.test(port)) return null;
  if (!URL.canParse(`http://${text}/`)) return null;
  // The port is read from the text: URL drops a default one.
  const { hostname } = new URL(`http://${name}/`);
  const host: Host = { host: hostname, port: port === "" ? null : Number(port) };
  last = { text, host };
  return host;
}

/** Whether `text` is a host with or without a port, as it may stand in Host. */
export function isHost(text: string): boolean {
  return parseHost(text) !== null;
}

/** Where the host ends in `text`: before the colon of the port, which in an IP-literal is not the first colon. */
function endOfHost(text: string): number {
  const colon = text.indexOf(":", text.startsWith("[") ? text.indexOf("]") : 0);
  return colon < 0 ? text.length : colon;
}
