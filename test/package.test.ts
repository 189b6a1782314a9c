/** The package as npm would publish it: what is in it, what it depends on, which entries it has. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PRODUCT } from "../src/http/product.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

describe("the package", () => {
  test("has no runtime dependency and runs nothing when it is installed by others", () => {
    assert.deepEqual(manifest.dependencies ?? {}, {});
    for (const script of ["preinstall", "install", "postinstall"]) {
      assert.equal(manifest.scripts[script], undefined);
    }
  });

  test("runs on Node from 20.19 on", () => {
    assert.deepEqual(manifest.engines, { node: ">=20.19" });
  });

  test("names itself by its own version in handshakes", () => {
    const [major, minor] = manifest.version.split(".");
    assert.equal(PRODUCT, `clearsocket/${major}.${minor}`);
  });

  test("holds the built files, their sources and four pages, and nothing else", () => {
    const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: ROOT,
      encoding: "utf8",
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ files }] = JSON.parse(packed) as [{ files: readonly { readonly path: string }[] }];
    const kinds = new Set(
      files.map(({ path }) =>
        path.replace(/^(dist|src)\/.*?(\.d\.ts|\.js\.map|\.js|\.ts)$/, "$1/*$2"),
      ),
    );
    kinds.delete("dist/*.js");
    kinds.delete("dist/*.d.ts");
    kinds.delete("dist/*.js.map");
    assert.deepEqual([...kinds].sort(), [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
      "src/*.ts",
    ]);
  });

  for (const [entry, targets] of Object.entries(manifest.exports)) {
    if (typeof targets === "string") continue;
    test(`${entry} leads to a source, and to the files that are built from it`, () => {
      const source = targets["clearsocket-source"] ?? "";
      assert.ok(existsSync(join(ROOT, source)), `${source} is not there`);
      const built = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
      assert.deepEqual(targets, {
        "clearsocket-source": source,
        types: `${built}.d.ts`,
        default: `${built}.js`,
      });
    });
  }
});
