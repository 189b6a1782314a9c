/** What Linux tells of a process (proc(5)). */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

/** Bytes of memory that a process has, and had at the most; null where that is not told. */
export interface Memory {
  readonly now: number;
  readonly peak: number;
}

export function memoryOf(pid: number): Memory | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
    const memory = { now: field("VmRSS"), peak: field("VmHWM") };
    return Number.isNaN(memory.now) ? null : memory;
  } catch {
    return null;
  }
}

/** Lets the peak begin anew, if the system allows it. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // The peak since the start is then what is judged.
  }
}

/** How many sockets a process has; null where that is not told. */
export function socketsOf(pid: number): number | null {
  try {
    let sockets = 0;
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      try {
        if (readlinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:")) sockets += 1;
      } catch {
        // It was closed meanwhile.
      }
    }
    return sockets;
  } catch {
    return null;
  }
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
