/**
 * The states of a connection, and the table of moves between them (RFC 6455 §4.1, §7.1).
 *
 * Whoever edits this file: every move of every machine goes through `moves`; the diagram in the documentation is drawn
 * from the table.
 */

export type State = "connecting" | "open" | "closing" | "closed";

/** What may follow what. */
export const MOVES = {
  /** The opening handshake is under way (§4). */
  connecting: ["open", "closed"],
  /** Messages go both ways. */
  open: ["closing", "closed"],
  /** We have sent a Close frame (§7.1.3). */
  closing: ["closed"],
  /** The stream below has ended (§7.1.4). */
  closed: [],
} as const;

/** Whether a machine may go from one state to the other. */
export function moves(from: State, to: State): boolean {
  const allowed: readonly State[] = MOVES[from];
  return allowed.includes(to);
}
