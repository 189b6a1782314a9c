/** Node's own WebSocket (undici). */
import { foreignClient } from "../foreign.ts";
import type { Trial } from "../trial.ts";

const [major = 0] = process.versions.node.split(".").map(Number);
const flags = major < 22 ? ["--experimental-websocket"] : [];

export const trials: readonly Trial[] = [
  foreignClient({
    name: "Node's own WebSocket",
    needs: [],
    command: (url) => [process.execPath, "--no-warnings", ...flags, "interop/undici.mjs", url],
    deeds: { binary: true },
  }),
];
