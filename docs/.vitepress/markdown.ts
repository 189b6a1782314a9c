/** How the pages, which are written for readers of the repository, are shown on the site. */
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type MarkdownIt from "markdown-it";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A plugin for markdown-it: a link to a page leads to its place on the site, and one to anything else of the repository (a
 * source, a test) becomes plain text.
 */
export function leadLinks(markdown: MarkdownIt): void {
  markdown.core.ruler.push("lead-links", ({ tokens, env }) => {
    const file: string = env.realPath ?? env.path ?? "";
    const here = relative(ROOT, dirname(file)).split(sep).join("/");
    for (const { children } of tokens) {
      let dropped = false;
      for (const token of children ?? []) {
        if (token.type === "link_close" && dropped) {
          token.tag = "span";
          dropped = false;
        }
        if (token.type !== "link_open") continue;
        const href = token.attrGet("href") ?? "";
        if (/^([a-z]+:|#|\/)/.test(href)) continue;
        const site = onSite(here, href);
        if (site !== null) token.attrSet("href", site);
        else {
          token.tag = "span";
          token.attrs = [];
          dropped = true;
        }
      }
    }
  });
}

/** Where `href`, written in a page of the folder `here`, leads on the site; null: nowhere. */
function onSite(here: string, href: string): string | null {
  const [path = "", anchor] = href.split("#");
  if (!path.endsWith(".md")) return null;
  const page = posix.normalize(join(here, decodeURI(path))).replace(/^docs\//, "");
  if (page === "README.md") return "/";
  return `/${page}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** A plugin for markdown-it: each table stands in a box of its own, in which it can be moved sidewards. */
export function wrapTables(markdown: MarkdownIt): void {
  markdown.renderer.rules.table_open = () => '<div class="table" tabindex="0">\n<table>\n';
  markdown.renderer.rules.table_close = () => "</table>\n</div>\n";
}

/** The anchor of a heading, as code hosts write it: links between pages hold here and there. */
export function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}
