/**
 * The package as its users have it: built from the sources and installed into a folder of its own, so that what stands
 * beside it imports "clearsocket" and starts as quickly as a user's program does.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

let folder: string | null = null;

/** A folder whose files import the built package; built once a process, and gone with it. */
export function installPackage(): string {
  if (folder !== null) return folder;
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const made = mkdtempSync(join(ROOT, ".tmp", "installed-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  // Without a manifest of its own, a file in it would belong to the package, and get the sources' `dist`.
  writeFileSync(join(made, "package.json"), '{ "private": true, "type": "module" }\n');
  const home = join(made, "node_modules", "clearsocket");
  mkdirSync(home, { recursive: true });
  copyFileSync(join(ROOT, "package.json"), join(home, "package.json"));
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const quick = ["--noCheck", "--declaration", "false", "--isolatedDeclarations", "false"];
  const options = ["-p", "tsconfig.build.json", "--sourceMap", "false", ...quick];
  execFileSync(process.execPath, [compiler, ...options, "--outDir", join(home, "dist")], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  folder = made;
  return made;
}
