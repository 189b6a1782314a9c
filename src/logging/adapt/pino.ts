/** Loggers of pino and bunyan: fields first, then the text. */
import { plainError } from "../fields.ts";
import type { Call, Foreign, Method, Severity } from "./target.ts";

/** A logger of pino, or whatever logs like one (Fastify's). */
export interface PinoLike {
  readonly level: unknown;
  readonly isLevelEnabled: Method;
  readonly child: Method;
  readonly debug: Method;
  readonly info: Method;
  readonly warn: Method;
  readonly error: Method;
  readonly fatal: Method;
}

/** A logger of bunyan. */
export interface BunyanLike {
  readonly level: Method;
  readonly addStream: Method;
  readonly child: Method;
  readonly debug: Method;
  readonly info: Method;
  readonly warn: Method;
  readonly error: Method;
  readonly fatal: Method;
}

type Name = "debug" | "info" | "warn" | "error" | "fatal";

const NAMES: Readonly<Record<Severity, Name>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "fatal",
};

/** What a bunyan logger compares with its level. */
const NUMBERS: Readonly<Record<Severity, number>> = {
  debug: 20,
  info: 30,
  warning: 40,
  error: 50,
  critical: 60,
};

function call(
  logger: Readonly<Record<Name, Method>>,
  severity: Severity,
  ...args: unknown[]
): void {
  (logger[NAMES[severity]] as Call).apply(logger, args);
}

/** pino takes `(fields, text)` and drops fields that come second; one text alone is not a template. */
export function pinoForeign(logger: PinoLike): Foreign {
  const isLevelEnabled = logger.isLevelEnabled as Call;
  const { levelVal } = logger as { levelVal?: unknown };
  // Looking at the number of the level is cheaper than asking, and than its name: answers stand as long as it does.
  const levelOf = (): unknown =>
    typeof levelVal === "number" ? (logger as { levelVal?: unknown }).levelVal : logger.level;
  let level: unknown;
  let answers = new Map<Severity, boolean>();
  return {
    slow: false,
    enabled(severity) {
      const now = levelOf();
      if (now !== level) {
        level = now;
        answers = new Map();
      }
      let answer = answers.get(severity);
      if (answer === undefined) {
        answer = isLevelEnabled.call(logger, NAMES[severity]) === true;
        answers.set(severity, answer);
      }
      return answer;
    },
    write(severity, text, fields, error) {
      call(logger, severity, error === undefined ? fields : { ...fields, err: error }, text);
    },
  };
}

/** Without a serialiser for `err`, bunyan writes an error as `{}`. */
function knowsErrors(logger: BunyanLike): boolean {
  const { serializers } = logger as { serializers?: { err?: unknown } | null };
  return typeof serializers?.err === "function";
}

/** bunyan takes `(fields, text)` too. */
export function bunyanForeign(logger: BunyanLike): Foreign {
  const level = logger.level as Call;
  return {
    slow: false,
    enabled: (severity) => Number(level.call(logger)) <= NUMBERS[severity],
    write(severity, text, fields, error) {
      if (error === undefined) call(logger, severity, fields, text);
      else {
        const err = knowsErrors(logger) ? error : plainError(error);
        call(logger, severity, { ...fields, err }, text);
      }
    },
  };
}
