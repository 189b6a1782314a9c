/** Follows the links between the pages of the project: each must lead to a file, and to a heading if it names one. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What is made by programs; `reference` is docs/reference, which typedoc writes. */
const OUTSIDE = new Set(["node_modules", "dist", ".git", ".tmp", "coverage", "reference"]);

/** Every Markdown file of the project, from its root. */
export function listMarkdown(folder = ""): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return OUTSIDE.has(entry.name) ? [] : listMarkdown(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** A sentence for each link of a page that leads nowhere. */
export function findDeadLinks(
  page: string,
  text: string = readFileSync(join(ROOT, page), "utf8"),
): string[] {
  const prose = withoutCode(text);
  const faults: string[] = [];
  for (const [, target = ""] of prose.matchAll(/\]\(([^()\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    if (file !== page && !existsSync(join(ROOT, file)))
      faults.push(`${page}: ${target} leads to no file`);
    else if (anchor !== undefined && !findAnchors(page === file ? text : read(file)).has(anchor)) {
      faults.push(`${page}: ${target} leads to no heading of ${file}`);
    }
  }
  return faults;
}

function read(file: string): string {
  return statSync(join(ROOT, file)).isFile() ? readFileSync(join(ROOT, file), "utf8") : "";
}

/** The anchors of a page's headings, as code hosts and site generators write them. */
export function findAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutFences(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function withoutFences(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, "");
}
