/** websocketd with cat behind it: lines of text. */
import { foreignServer } from "../foreign.ts";
import { program } from "../need.ts";
import type { Trial } from "../trial.ts";

export const trials: readonly Trial[] = [
  foreignServer({
    name: "websocketd",
    needs: [program("websocketd")],
    command: (port) => ["websocketd", `--port=${port}`, "--address=127.0.0.1", "cat"],
    tells: false,
    limits: { textOnly: true },
  }),
];
