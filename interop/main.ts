/**
 * Our server and our client with the programs of other people: `npm run interop`, or `npm run interop -- python nginx` for
 * those whose names hold one of the words. It installs nothing: `packages.txt` lists the Debian packages. What is absent is
 * said and does no harm; the exit code is 1 when something that is present fails.
 */
import type { Need } from "./need.ts";
import { trials as chromium } from "./peers/chromium.ts";
import { trials as curl } from "./peers/curl.ts";
import { trials as firefox } from "./peers/firefox.ts";
import { trials as forwardProxies } from "./peers/forward-proxies.ts";
import { trials as go } from "./peers/go.ts";
import { trials as haproxy } from "./peers/haproxy.ts";
import { trials as haproxyHttp2 } from "./peers/haproxy-http2.ts";
import { trials as libwebsockets } from "./peers/libwebsockets.ts";
import { trials as nginx } from "./peers/nginx.ts";
import { trials as python } from "./peers/python.ts";
import { trials as ruby } from "./peers/ruby.ts";
import { trials as tshark } from "./peers/tshark.ts";
import { trials as undici } from "./peers/undici.ts";
import { trials as websocketNode } from "./peers/websocket-node.ts";
import { trials as websocketd } from "./peers/websocketd.ts";
import { trials as ws } from "./peers/ws.ts";
import type { Trial } from "./trial.ts";

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const all: readonly Trial[] = [
  ...python,
  ...ws,
  ...chromium,
  ...firefox,
  ...undici,
  ...websocketNode,
  ...nginx,
  ...haproxy,
  ...haproxyHttp2,
  ...forwardProxies,
  ...libwebsockets,
  ...websocketd,
  ...ruby,
  ...go,
  ...curl,
  ...tshark,
];
const chosen = all.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
);
const counts = { passed: 0, failed: 0, absent: 0 };
const known = new Map<string, Promise<boolean>>();

for (const trial of chosen) {
  const missing: string[] = [];
  for (const need of trial.needs) if (!(await isHere(need))) missing.push(need.from);
  if (missing.length > 0) {
    counts.absent += 1;
    console.log(`absent  ${trial.name}: ${missing.join(", ")} is not installed`);
    continue;
  }
  const start = performance.now();
  try {
    const more = await trial.run();
    counts.passed += 1;
    console.log(
      `ok      ${trial.name} (${secondsSince(start)} s)${more === undefined ? "" : `: ${more}`}`,
    );
  } catch (error) {
    counts.failed += 1;
    console.log(
      `FAILED  ${trial.name} (${secondsSince(start)} s)\n${error instanceof Error ? error.stack : String(error)}`,
    );
  }
}

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.absent} absent`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function isHere(need: Need): Promise<boolean> {
  const found = known.get(need.from) ?? need.isHere();
  known.set(need.from, found);
  return found;
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
