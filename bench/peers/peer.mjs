// A library from this folder's node_modules, which `npm ci --prefix bench/peers` fills: peer("ws").
import { createRequire } from "node:module";

export const peer = createRequire(import.meta.url);
