/** The first line of a message: request line and status line (RFC 9112 §3, §4). */
import { isControl, isToken } from "./grammar.ts";
import { isHost } from "./host.ts";

/** What a request line says. */
export interface RequestLine {
  readonly method: string;
  /** The request target as it was sent, such as `/chat?room=1` (RFC 9112 §3.2). */
  readonly target: string;
  /** The HTTP version alone, such as `1.1`. */
  readonly version: string;
}

/** What a status line says. */
export interface StatusLine {
  /** The HTTP version alone, such as `1.1`. */
  readonly version: string;
  readonly status: number;
  /** The reason phrase; may be empty. */
  readonly statusText: string;
}

/** §2.3: "HTTP-name is case-sensitive". */
const VERSION = /^HTTP\/([0-9]\.[0-9])$/;

/** Visible ASCII but "#": a target has no fragment. */
const TARGET = /^[!"$-~]+$/;

/** `http://authority/path?query`, where the authority has no user (RFC 9110 §4.2.4). */
const ABSOLUTE = /^https?:\/\/([^/?]+)(?:[/?]|$)/i;

/** `line` as `method SP request-target SP HTTP-version`, or null when it is not: single spaces, nothing round them. */
export function parseRequestLine(line: string): RequestLine | null {
  const afterMethod = line.indexOf(" ");
  const afterTarget = line.indexOf(" ", afterMethod + 1);
  if (afterMethod < 0 || afterTarget < 0) return null;
  const method = line.slice(0, afterMethod);
  const target = line.slice(afterMethod + 1, afterTarget);
  const version = VERSION.exec(line.slice(afterTarget + 1))?.[1];
  if (version === undefined || !isToken(method) || !isTarget(method, target)) return null;
  return { method, target, version };
}

/** Whether `target` is one of the four forms of RFC 9112 §3.2, as `method` wants it. */
function isTarget(method: string, target: string): boolean {
  if (!TARGET.test(target)) return false;
  if (method === "CONNECT") return isHost(target);
  if (target.startsWith("/")) return true;
  if (target === "*") return true;
  const authority = ABSOLUTE.exec(target)?.[1];
  return authority !== undefined && isHost(authority);
}

/** `line` as `HTTP-version SP status-code SP [reason-phrase]`, or null when it is not. */
export function parseStatusLine(line: string): StatusLine | null {
  const version = VERSION.exec(line.slice(0, 8))?.[1];
  const digits = line.slice(9, 12);
  if (version === undefined || line[8] !== " " || !/^[1-9][0-9]{2}$/.test(digits)) return null;
  // Deviation: §4 wants a space also before an empty reason phrase; servers forget it, and nothing hangs on it.
  if (line.length > 12 && line[12] !== " ") return null;
  const statusText = line.slice(13);
  for (let at = 0; at < statusText.length; at += 1) {
    if (isControl(statusText.charCodeAt(at))) return null;
  }
  return { version, status: Number(digits), statusText };
}
