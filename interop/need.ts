/** What trials need, whether it is here, and the Debian package that has it. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

export interface Need {
  /** The Debian package. */
  readonly from: string;
  isHere(): Promise<boolean>;
}

/** Daemons stand where ordinary users' PATH does not lead. */
const PLACES = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/** The path of a program, or null. */
export async function findProgram(name: string): Promise<string | null> {
  for (const place of PLACES) {
    const path = join(place, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not there.
    }
  }
  return null;
}

export function program(name: string, from: string = name): Need {
  return { from, isHere: async () => (await findProgram(name)) !== null };
}

/** Debian's Python comes first: its packages install for it, whatever other Python stands first in PATH. */
export const PYTHON = "/usr/bin/python3";

export function pythonModule(name: string, from: string): Need {
  return {
    from,
    isHere: async () => {
      try {
        await promisify(execFile)(PYTHON, ["-c", `import ${name}`]);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Something that is no package: whether we may do what the trial does. */
export function leave(from: string, isHere: () => Promise<boolean>): Need {
  return { from, isHere };
}

/** A file of a package. */
export function file(path: string, from: string): Need {
  return {
    from,
    isHere: async () => {
      try {
        await access(path);
        return true;
      } catch {
        return false;
      }
    },
  };
}
