/** Files by their descriptors, where the platform has them: Node, Bun and Deno, but not browsers. */

/** The functions of `node:fs` that logging uses. */
export interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  writeSync(descriptor: number, text: string): number;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number;
  fsyncSync(descriptor: number): void;
  closeSync(descriptor: number): void;
}

interface ProcessLike {
  getBuiltinModule?(name: string): unknown;
}

let found: FileSystem | null | undefined;

/** `node:fs`, or `null` where there is none. */
export function fileSystem(): FileSystem | null {
  if (found === undefined) {
    const { process } = globalThis as { process?: ProcessLike };
    found = (process?.getBuiltinModule?.("node:fs") as FileSystem | undefined) ?? null;
  }
  return found;
}

const encoder = new TextEncoder();

/** How often, and how long (ms) each time, a full pipe is waited for before the rest is given up. */
const TRIES = 200;
const PAUSE = 5;

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

/** Writes `bytes` in as many pieces as it takes. */
function writeBytes(fs: FileSystem, descriptor: number, bytes: Uint8Array): void {
  let tries = 0;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
      tries = 0;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN" || tries === TRIES) throw error;
      tries += 1;
      pause();
    }
  }
}

/** Writes as much of `text` as goes at once, and returns how many bytes that were. */
function writeFirst(fs: FileSystem, descriptor: number, text: string): number {
  try {
    return fs.writeSync(descriptor, text);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
    return 0;
  }
}

/**
 * Writes all of `text` as UTF-8; waits for a pipe that is full, up to a second.
 *
 * @returns false where there are no descriptors.
 * @throws what the system says: no space, a closed pipe.
 */
export function writeFully(descriptor: number, text: string): boolean {
  const fs = fileSystem();
  if (fs === null) return false;
  const written = writeFirst(fs, descriptor, text);
  // For most texts that was all, which is known without encoding them: they are ASCII.
  if (written < text.length || !isAscii(text, written)) {
    const bytes = encoder.encode(text);
    if (written < bytes.length) writeBytes(fs, descriptor, bytes.subarray(written));
  }
  return true;
}

/** Whether a text that took `bytes` bytes has nothing beyond ASCII, so that it was written to its end. */
function isAscii(text: string, bytes: number): boolean {
  return bytes === text.length && /^[\u0000-\u007f]*$/.test(text);
}
