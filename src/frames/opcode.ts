/** Opcodes, and of what kind each is (RFC 6455 §5.2, §11.8). */

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** The opcodes that RFC 6455 defines; all others are reserved. */
export type Opcode =
  | typeof CONTINUATION
  | typeof TEXT
  | typeof BINARY
  | typeof CLOSE
  | typeof PING
  | typeof PONG;

const NAMES: { readonly [opcode in Opcode]: string } = {
  [CONTINUATION]: "CONT",
  [TEXT]: "TEXT",
  [BINARY]: "BINARY",
  [CLOSE]: "CLOSE",
  [PING]: "PING",
  [PONG]: "PONG",
};

/** The opcode's name as the log shows it: CONT, TEXT, BINARY, CLOSE, PING or PONG. */
export function nameOpcode(opcode: Opcode): string {
  return NAMES[opcode];
}

/** Whether `value` (4 bits) is an opcode that RFC 6455 defines. */
export function isOpcode(value: number): value is Opcode {
  return value <= BINARY || (value >= CLOSE && value <= PONG);
}

/**
 * Whether a frame of this opcode is a control frame.
 *
 * §5.5: "Control frames are identified by opcodes where the most significant bit of the opcode is 1."
 */
export function isControl(opcode: number): boolean {
  return opcode >= CLOSE;
}
