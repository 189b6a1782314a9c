// Makes a release of what .changeset/ holds: `npm run release` raises the version, writes CHANGELOG.md (its policy stays
// at its head, where changesets would push it down) and says what is left to do by hand.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const POLICY = /<!-- policy -->[\s\S]*<!-- \/policy -->\n*/;

const { status } = spawnSync("npx", ["changeset", "version"], { cwd: ROOT, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const file = new URL("../CHANGELOG.md", import.meta.url);
const text = readFileSync(file, "utf8");
const policy = POLICY.exec(text)?.[0];
if (policy === undefined) throw new Error("CHANGELOG.md has lost the marks of its policy");
const [title, ...rest] = text.replace(policy, "").split("\n");
writeFileSync(file, `${title}\n\n${policy.trimEnd()}\n\n${rest.join("\n").trimStart()}`);

// Changesets leaves the lock as it is, and `npm ci` compares the two.
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const lockFile = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(lockFile, "utf8"));
lock.version = version;
lock.packages[""].version = version;
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);

console.log("Now: npm run check && npm test, commit, tag, and npm publish --provenance.");
