/** Draws the floors of src/ into ARCHITECTURE.md, from the table that the tests hold the imports against. */
import { FLOORS, type Wing } from "../test/support/floors.ts";
import { type Drawing, drawInto, isProgram } from "./drawing.ts";

/** The drawing of ARCHITECTURE.md: the floors from the top, then who may import whom. */
export function drawFloors(): Drawing {
  const wings = Object.entries(FLOORS);
  const width = Math.max(...wings.map(([name]) => name.length));
  const rows: string[] = [];
  for (let floor = 8; floor >= 1; floor -= 1) {
    let head = `${floor}`;
    for (const [name, wing] of wings) {
      if (wing.floor !== floor) continue;
      rows.push(`${head}  ${name.padEnd(width)}  ${wing.is}${wing.later ? " (later)" : ""}`);
      head = " ";
    }
  }
  const table = wings.map(([name, wing]) => {
    const imports = wing.imports.length === 0 ? "nothing of ours" : wing.imports.join(", ");
    return `| ${name} | ${imports} | ${describeNode(wing)} |`;
  });
  const head = ["| wing | may import | `node:*` |", "|---|---|---|"];
  return drawInto(
    "ARCHITECTURE.md",
    "floors",
    ["```text", ...rows, "```", "", ...head, ...table].join("\n"),
  );
}

function describeNode({ node, asksForNode }: Wing): string {
  if (asksForNode) return "only by `process.getBuiltinModule`";
  if (node === undefined) return "no";
  return node === "every file" ? "yes" : `only ${node.map((file) => `\`${file}\``).join(", ")}`;
}

if (isProgram(import.meta.url)) drawFloors().write();
