/** The sidebars of the API reference, from the pages that typedoc has written. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../reference", import.meta.url));

/** The modules, and in each the folders that typedoc makes: in the order in which people look. */
const MODULES = [
  "clearsocket",
  "clearsocket/logging",
  "clearsocket/protocol",
  "clearsocket/testing",
  "clearsocket/adapters/express",
  "clearsocket/adapters/fastify",
  "clearsocket/adapters/hono",
];
const KINDS = ["functions", "classes", "interfaces", "type-aliases", "variables"];

interface Item {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: Item[];
}

/** By the beginning of an address: all modules, and the members of the one that the page belongs to. */
export function makeReferenceSidebars(): Record<string, Item[]> {
  const modules = MODULES.map((name) => ({ text: name, link: `/reference/${name}/` }));
  const back = { text: "← Documentation", link: "/tutorial/getting-started" };
  const sidebars: Record<string, Item[]> = { "/reference/": [back, ...modules] };
  for (const name of MODULES) {
    const members = KINDS.filter((kind) => existsSync(join(FOLDER, name, kind))).map((kind) => ({
      text: kind.charAt(0).toUpperCase() + kind.slice(1).replace("-", " "),
      collapsed: false,
      items: readdirSync(join(FOLDER, name, kind))
        .map((file) => file.replace(/\.md$/, ""))
        .map((member) => ({ text: member, link: `/reference/${name}/${kind}/${member}` })),
    }));
    sidebars[`/reference/${name}/`] = [back, { text: "Modules", items: modules }, ...members];
  }
  return sidebars;
}
