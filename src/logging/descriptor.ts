/** Files by their descriptors, where the platform has them: Node, Bun and Deno, but not browsers. */

/** The functions of `node:fs` that logging uses. */
export interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number;
  fsyncSync(descriptor: number): void;
  closeSync(descriptor: number): void;
}

interface ProcessLike {
  getBuiltinModule?(name: string): unknown;
}

/** `node:fs`, or `null` where there is none. */
export function fileSystem(): FileSystem | null {
  const { process } = globalThis as { process?: ProcessLike };
  const fs = process?.getBuiltinModule?.("node:fs");
  return (fs as FileSystem | undefined) ?? null;
}

const encoder = new TextEncoder();

/** How often, and how long (ms) each time, a full pipe is waited for before the rest is given up. */
const TRIES = 200;
const PAUSE = 5;

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
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
  const bytes = encoder.encode(text);
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
  return true;
}
