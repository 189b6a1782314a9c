// Joins the compiled modules into one file for each entry of the package and one for each part that several share, without
// comments and indentation. Two hundred files take three times as long to load, and a mebibyte more of heap, which each round
// of the garbage collector has to look at. The sources are in the package too, and the maps lead to them.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const BUNDLED = join(ROOT, "dist-bundled");

/** The modules that others load by the package's name, or by its own imports. */
function entries() {
  const { exports, imports, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const found = JSON.stringify([exports, imports, bin]).match(/\.\/dist\/[\w/-]+\.js/g) ?? [];
  return [...new Set(found)];
}

buildSync({
  absWorkingDir: ROOT,
  entryPoints: entries(),
  outbase: "dist",
  outdir: BUNDLED,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minifyWhitespace: true,
  sourcemap: true,
  // Which platform it is is told when it is loaded.
  external: ["#platform"],
  chunkNames: "shared/[name]-[hash]",
  logLevel: "warning",
});

for (const path of readdirSync(DIST, { recursive: true })) {
  if (/\.js(?:\.map)?$/.test(path)) rmSync(join(DIST, path));
}
for (const entry of readdirSync(BUNDLED, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const from = join(entry.parentPath, entry.name);
  const to = join(DIST, from.slice(BUNDLED.length));
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}
rmSync(BUNDLED, { recursive: true });
