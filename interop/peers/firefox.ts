/** Headless Firefox, driven by WebDriver BiDi: its remote agent is a WebSocket server, and our client talks to it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClientConnection, connect } from "clearsocket";
import { browserTrials, type OpenPage } from "../browser.ts";
import { Folder } from "../certificate.ts";
import { Child, LIMIT } from "../child.ts";
import { http2BrowserTrials } from "../http2-browser.ts";
import { program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** Without them it looks for hosts of its maker, over a network that may not be there. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.provider.mozilla.updateURL": "",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.server": "data:,",
};

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly result?: Record<string, unknown>;
}

/** Commands and their answers (WebDriver BiDi §3). */
class Bidi {
  readonly #connection: ClientConnection;
  #id = 0;

  constructor(connection: ClientConnection) {
    this.#connection = connection;
  }

  async call(method: string, params: object): Promise<Record<string, unknown>> {
    this.#id += 1;
    await this.#connection.send(JSON.stringify({ id: this.#id, method, params }));
    const signal = AbortSignal.timeout(LIMIT);
    while (true) {
      const answer = JSON.parse(await this.#connection.recv({ as: "text", signal })) as Answer;
      if (answer.id !== this.#id) continue;
      if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer)}`);
      return answer.result;
    }
  }
}

interface Value {
  readonly type: string;
  readonly value?: unknown;
}

/** A value as BiDi writes it: objects are lists of pairs. */
function read({ type, value }: Value): unknown {
  if (type !== "object") return value;
  return Object.fromEntries((value as [string, Value][]).map(([name, one]) => [name, read(one)]));
}

const open: OpenPage = async (url) => {
  const folder = await Folder.make();
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(folder.path, "user.js"), lines.join(""));
  const words = ["--headless", "--no-remote", "--profile", folder.path];
  const firefox = new Child("firefox-esr", [...words, "--remote-debugging-port=0", "about:blank"]);
  const close = async (): Promise<void> => {
    await firefox.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    const [, address] = await firefox.find(/WebDriver BiDi listening on (ws:\S+)/);
    const connection = await connect(`${address}/session`, { logger: null, maxSize: null });
    const bidi = new Bidi(connection);
    const alwaysMatch = { acceptInsecureCerts: true };
    await bidi.call("session.new", { capabilities: { alwaysMatch } });
    const { contexts } = await bidi.call("browsingContext.getTree", {});
    const [{ context } = { context: "" }] = contexts as { context: string }[];
    await bidi.call("browsingContext.navigate", { context, url, wait: "complete" });
    return {
      evaluate: async (expression) => {
        const target = { context };
        const asked = { expression, target, awaitPromise: true };
        const { type, result, exceptionDetails } = await bidi.call("script.evaluate", asked);
        if (type !== "success") throw new Error(JSON.stringify(exceptionDetails));
        return read(result as Value);
      },
      [Symbol.asyncDispose]: async () => {
        await connection.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const needs = [program("firefox-esr")];

export const trials: readonly Trial[] = [
  ...browserTrials("Firefox", needs, open),
  ...http2BrowserTrials("Firefox", needs, open),
];
