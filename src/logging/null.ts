/** NullHandler: does nothing, and counts as a handler, so that the handler of last resort keeps silent. */
import { Handler } from "./handler.ts";

/** For libraries, and to silence a tree: `getLogger("websockets").addHandler(new NullHandler())`. */
export class NullHandler extends Handler {
  override emit(): void {}

  override handle(): boolean {
    return true;
  }
}
