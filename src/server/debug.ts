/** `server.debug`: frames and steps of some connections in the log, whatever the logger's level. */
import type { Clock, Timer } from "../connection/clock.ts";
import { describeAddress } from "../connection/log.ts";
import { checkDelay, checkNames, show } from "../connection/options.ts";
import type { Subject } from "../connection/tap.ts";
import type { Address } from "../http/address.ts";
import type { HandshakeRequest } from "../http/message.ts";

/** A connection, or one that is being opened: what a filter judges. */
export interface DebugCandidate {
  readonly id: string;
  readonly remoteAddress: Address | null;
  readonly request: HandshakeRequest;
}

/** Which connections are wanted: those for which all that is given holds. */
export interface DebugFilter {
  /** The peer's address, with or without its port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
  readonly remote?: string;
  /** The pathname of its request, or a pattern for it. */
  readonly path?: string | RegExp;
  /** Its id, as the log has it. */
  readonly id?: string;
}

export interface DebugOptions {
  /** For how long, in milliseconds; null, the default: until it is disposed of, or the server has closed. */
  readonly for?: number | null;
}

type Judge = (candidate: Partial<DebugCandidate> & { readonly id: string }) => boolean;

const FILTER: ReadonlySet<string> = new Set(["remote", "path", "id"]);
const OPTIONS: ReadonlySet<string> = new Set(["for"]);

/** One call of `server.debug`. */
class DebugRule implements Disposable {
  readonly judge: Judge;
  /** Whether it can judge who has not sent a request yet. */
  readonly isEarly: boolean;
  timer: Timer | null = null;
  readonly #end: (rule: DebugRule) => void;

  constructor(judge: Judge, isEarly: boolean, end: (rule: DebugRule) => void) {
    this.judge = judge;
    this.isEarly = isEarly;
    this.#end = end;
  }

  [Symbol.dispose](): void {
    this.timer?.cancel();
    this.#end(this);
  }
}

/** Somebody whom a rule may apply to now. */
export interface Living {
  readonly subject: Subject;
  /** Null before its request has come. */
  readonly request: HandshakeRequest | null;
}

/** The rules of one server that are in force. */
export class DebugRules {
  readonly #rules = new Set<DebugRule>();
  readonly #living: () => Iterable<Living>;

  /** @param living Lists all connections, and those that are being opened. */
  constructor(living: () => Iterable<Living>) {
    this.#living = living;
  }

  /**
   * Puts a rule in force.
   *
   * @throws TypeError, RangeError for a filter or an option that is wrong. @throws What the filter throws.
   */
  add(
    filter: DebugFilter | ((candidate: DebugCandidate) => boolean),
    options: DebugOptions,
    clock: Clock,
  ): Disposable {
    checkNames(options, OPTIONS, "debug");
    const time = checkDelay("for", options.for, null);
    const isFunction = typeof filter === "function";
    const judge = isFunction ? (filter as Judge) : toJudge(filter);
    const isEarly = !isFunction && filter.path === undefined;
    const rule = new DebugRule(judge, isEarly, (ended) => this.#remove(ended));
    const chosen = [...this.#living()].filter((living) => matches(rule, living));
    for (const { subject } of chosen) subject.watch(rule);
    this.#rules.add(rule);
    if (time !== null) rule.timer = clock.after(time, () => rule[Symbol.dispose]());
    return rule;
  }

  /** Somebody has come, or his request has. */
  onArrival(subject: Subject, request: HandshakeRequest | null): void {
    for (const rule of this.#rules) {
      try {
        if (matches(rule, { subject, request })) subject.watch(rule);
      } catch {
        // A filter that throws lets nobody through; it must not keep anybody from being served.
      }
    }
  }

  /** Ends all rules. */
  clear(): void {
    for (const rule of [...this.#rules]) rule[Symbol.dispose]();
  }

  #remove(rule: DebugRule): void {
    if (!this.#rules.delete(rule)) return;
    for (const { subject } of this.#living()) subject.unwatch(rule);
  }
}

function matches(rule: DebugRule, { subject, request }: Living): boolean {
  if (request === null) return rule.isEarly && rule.judge(subjectOf(subject));
  return rule.judge({ ...subjectOf(subject), request });
}

function subjectOf({ id, remoteAddress }: Subject): Pick<DebugCandidate, "id" | "remoteAddress"> {
  return { id, remoteAddress };
}

function toJudge(filter: DebugFilter): Judge {
  checkNames(filter, FILTER, "the filter of debug");
  const { remote, path, id } = filter;
  for (const [name, value] of Object.entries({ remote, id })) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`${name} is ${show(value)}: it must be a string`);
    }
  }
  if (path !== undefined && typeof path !== "string" && !(path instanceof RegExp)) {
    throw new TypeError(`path is ${show(path)}: it must be a pathname or a RegExp`);
  }
  return ({ id: itsId, remoteAddress, request }) =>
    (id === undefined || id === itsId) &&
    (remote === undefined || isRemote(remote, remoteAddress ?? null)) &&
    (path === undefined || (request !== undefined && isPath(path, request.url.pathname)));
}

function isRemote(remote: string, address: Address | null): boolean {
  const whole = describeAddress(address);
  if (whole === null) return false;
  return remote === whole || remote === whole.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isPath(path: string | RegExp, pathname: string): boolean {
  return typeof path === "string" ? path === pathname : pathname.search(path) >= 0;
}
