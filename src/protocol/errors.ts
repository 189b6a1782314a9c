/** What the caller of a machine may not do now. */
import { WebSocketError } from "../error.ts";
import type { State } from "./state.ts";

/** A machine was asked to do what its state forbids, such as to send after a Close frame. */
export class InvalidState extends WebSocketError {
  static override readonly code: string = "ERR_WEBSOCKET_INVALID_STATE";

  static {
    InvalidState.prototype.name = "InvalidState";
  }

  readonly state: State;

  constructor(state: State) {
    super(`connection is ${state}`);
    this.state = state;
  }
}
