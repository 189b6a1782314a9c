/**
 * The process's standard error, or the console where there is no process.
 *
 * Writing is synchronous: a crash must not lose the last lines. `process.stderr.write` is synchronous for files, and for
 * terminals and pipes on Linux; elsewhere the descriptor is written to directly. Somebody who has replaced
 * `process.stderr.write` (a test, a supervisor) gets every line.
 */
import { writeFully } from "./descriptor.ts";
import { ERROR, INFO, WARNING } from "./level.ts";

interface Stderr {
  readonly fd?: number;
  write(text: string): unknown;
}

interface ProcessLike {
  readonly platform?: string;
  readonly stderr?: Stderr;
}

const STDERR = 2;

/** A console has methods of its own for levels, and ends the lines itself. */
function writeConsole(text: string, level: number): void {
  const line = text.replace(/\n$/, "");
  if (level >= ERROR) console.error(line);
  else if (level >= WARNING) console.warn(line);
  else if (level >= INFO) console.info(line);
  else console.debug(line);
}

/**
 * Writes `text` to the standard error of now.
 *
 * @param level where there is only a console, which of its methods takes the text. Default ERROR.
 */
export function writeStderr(text: string, level: number = ERROR): void {
  const { process } = globalThis as { process?: ProcessLike };
  const stderr = process?.stderr;
  if (stderr === undefined) {
    writeConsole(text, level);
  } else if (process?.platform === "linux" || Object.hasOwn(stderr, "write")) {
    stderr.write(text);
  } else if (!writeFully(stderr.fd ?? STDERR, text)) {
    stderr.write(text);
  }
}
