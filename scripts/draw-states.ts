/** Draws the states of a connection into docs/topics/states.md, from the table by which the machine moves. */
import { MOVES } from "../src/protocol/state.ts";
import { type Drawing, drawInto, isProgram } from "./drawing.ts";

/** The diagram (Mermaid) of docs/topics/states.md. */
export function drawStates(): Drawing {
  const lines = ["```mermaid", "stateDiagram-v2"];
  const states = Object.entries<readonly string[]>(MOVES);
  const reached = new Set(states.flatMap(([, next]) => next));
  for (const [state, next] of states) {
    if (!reached.has(state)) lines.push(`  [*] --> ${state}`);
    for (const other of next) lines.push(`  ${state} --> ${other}`);
    if (next.length === 0) lines.push(`  ${state} --> [*]`);
  }
  lines.push("```");
  return drawInto("docs/topics/states.md", "states", lines.join("\n"));
}

if (isProgram(import.meta.url)) drawStates().write();
