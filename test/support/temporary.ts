/** Files of one test process, gone with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let directory: string | null = null;
let count = 0;

/** A path for a file that does not exist yet; its name ends with `name`. */
export function temporaryFile(name: string): string {
  if (directory === null) {
    const made = mkdtempSync(join(tmpdir(), "clearsocket-"));
    directory = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  count += 1;
  return join(directory, `${count}-${name}`);
}
