/** A descriptor that listens already, handed over by whoever started the process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../src/server/serve.ts";
import { openRaw } from "../support/raw-peer.ts";

const CHILD = `
  import { serve } from ${JSON.stringify(new URL("../../src/server/serve.ts", import.meta.url).href)};
  const server = await serve((c) => c.send("from the child"), { fd: 3, logger: null });
  console.log(JSON.stringify(server.addresses));
`;

test("serve with fd listens on a descriptor that the process has inherited", async (t) => {
  const parent = createServer().listen(0, "127.0.0.1");
  await once(parent, "listening");
  const address = parent.address() as AddressInfo;
  const { fd } = (parent as unknown as { _handle: { fd: number } })._handle;
  const child = spawn(
    process.execPath,
    ["--conditions=clearsocket-source", "--import=tsx", "--input-type=module", "-e", CHILD],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit", fd],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout!, "data");
  // Now only the child takes connections.
  parent.close();
  assert.deepEqual(JSON.parse(String(line)), [address]);
  const peer = await openRaw(address.port);
  assert.match((await peer.framesToEnd()).join(), /text from the child/);
});

describe("the option fd", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ fd: "3" }, /fd is "3"/],
    [{ fd: -1 }, /fd is -1/],
    [{ fd: 1.5 }, /fd is 1.5/],
    [{ fd: 3, port: 1 }, /fd stands instead of port/],
    [{ fd: 3, host: "x" }, /fd stands instead of host/],
    [{ fd: 3, socketPath: "x" }, /fd stands instead of socketPath/],
    [{ fd: 3, backlog: 1 }, /fd stands instead of backlog/],
    [{ fd: 999_999 }, /can't listen on descriptor 999999/],
  ];
  for (const [options, says] of cases) {
    test(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(
        serve(() => {}, options),
        says,
      );
    });
  }
});
