// Makes the built program executable: tsc does not, and npm does it only when it links the package.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/cli/main.js", import.meta.url), 0o755);
