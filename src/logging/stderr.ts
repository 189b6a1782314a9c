/**
 * The process's standard error, or the console where there is no process.
 *
 * Writing is synchronous, by the descriptor: a crash must not lose the last lines, and a reader that is gone is an error
 * that the caller can catch, where a stream would raise an event that ends the process. Somebody who has replaced
 * `process.stderr`, or its `write` (a test, a supervisor, a worker thread's parent), gets every line.
 */
import { writeFully } from "./descriptor.ts";
import { ERROR, INFO, WARNING } from "./level.ts";

interface Stderr {
  readonly fd?: number;
  write(text: string): unknown;
}

interface ProcessLike {
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
    return;
  }
  const { fd } = stderr;
  const isReplaced = fd !== STDERR || Object.hasOwn(stderr, "write");
  if (isReplaced || !writeFully(fd, text)) stderr.write(text);
}
