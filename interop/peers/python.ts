/** Python: websockets, aiohttp, Tornado, Autobahn, websocket-client. */

import type { Deeds } from "../echo-server.ts";
import { type ForeignServer, foreignClient, foreignServer } from "../foreign.ts";
import { PYTHON, pythonModule } from "../need.ts";
import type { Trial } from "../trial.ts";

interface Library {
  readonly name: string;
  readonly module: string;
  readonly from: string;
  readonly client: Deeds;
  readonly server?: Pick<ForeignServer, "options" | "limits">;
}

const LIBRARIES: readonly Library[] = [
  {
    name: "Python websockets",
    module: "websockets",
    from: "python3-websockets",
    client: { binary: true, fragments: true, pings: true, compression: true },
    server: {},
  },
  {
    name: "Python aiohttp",
    module: "aiohttp",
    from: "python3-aiohttp",
    client: { binary: true, pings: true, compression: true },
    server: {},
  },
  {
    name: "Python Tornado",
    module: "tornado",
    from: "python3-tornado",
    client: { binary: true, pings: true, compression: true },
    server: {},
  },
  {
    name: "Python Autobahn",
    module: "autobahn",
    from: "python3-autobahn",
    client: { binary: true, fragments: true, pings: true, compression: true },
    server: {},
  },
  {
    name: "Python websocket-client",
    module: "websocket",
    from: "python3-websocket",
    client: { binary: true, fragments: true, pings: true },
  },
];

export const trials: readonly Trial[] = LIBRARIES.flatMap(
  ({ name, module, from, client, server }): Trial[] => {
    const needs = [pythonModule(module, from)];
    const script = (role: string): string => `interop/python/${module}_${role}.py`;
    const command = (url: string): [string, ...string[]] => [PYTHON, script("client"), url];
    const all = [foreignClient({ name, needs, command, deeds: client })];
    if (server !== undefined) {
      const start = (): [string, ...string[]] => [PYTHON, script("server")];
      all.push(foreignServer({ name, needs, command: start, ...server }));
    }
    return all;
  },
);
