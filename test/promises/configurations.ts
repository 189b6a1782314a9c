/** What an application does to logging before it serves: the recipes of the document, and what stands beside them. */
import type { ConnectOptions, ServeOptions } from "../../src/index.ts";
import logging, {
  JSONFormatter,
  type LogCallOptions,
  LoggerAdapter,
} from "../../src/logging/index.ts";

/** Options for the server and the client that are played with. */
export interface Loggers {
  readonly server?: Pick<ServeOptions<undefined>, "logger">;
  readonly client?: Pick<ConnectOptions, "logger">;
}

/** Writes which connection, and for whom a proxy has forwarded it, before each message. */
class ForwardedAdapter extends LoggerAdapter {
  override process(message: unknown, options: LogCallOptions): [unknown, LogCallOptions] {
    const websocket = options.extra?.websocket as
      | { readonly id: string; readonly request: { readonly headers: Headers } | null }
      | undefined;
    if (websocket === undefined || websocket.request === null) return [message, options];
    const forwarded = websocket.request.headers.get("X-Forwarded-For");
    return [`${websocket.id} ${forwarded ?? "None"} ${message}`, options];
  }
}

function silence(): void {
  logging.getLogger("websockets").addHandler(new logging.NullHandler());
}

function dropAll(name: string): void {
  logging.getLogger(name).addFilter(() => null);
}

export const CONFIGURATIONS: Readonly<Record<string, () => Loggers | void>> = {
  "doc-01-unconfigured": () => {},
  "doc-02-basicConfig-INFO": () => {
    logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });
  },
  "doc-03-basicConfig-DEBUG": () => {
    logging.basicConfig({ format: "%(message)s", level: logging.DEBUG });
  },
  "doc-04-basicConfig-default": () => {
    logging.basicConfig();
  },
  "doc-05-nullhandler-unconfigured": silence,
  "doc-06-nullhandler-configured": () => {
    logging.basicConfig({ level: logging.INFO });
    silence();
  },
  "doc-07-nullhandler-and-propagate-False": () => {
    logging.basicConfig({ level: logging.INFO });
    silence();
    logging.getLogger("websockets").propagate = false;
  },
  "doc-08-propagate-False-only": () => {
    logging.basicConfig({ level: logging.INFO });
    logging.getLogger("websockets").propagate = false;
  },
  "doc-09-setLevel-CRITICAL": () => {
    logging.getLogger("websockets").setLevel(logging.CRITICAL);
  },
  "doc-10-filter-on-websockets": () => dropAll("websockets"),
  "doc-11-filter-on-websockets-configured": () => {
    logging.basicConfig({ level: logging.INFO });
    dropAll("websockets");
  },
  "doc-12-filter-on-both-leaves": () => {
    dropAll("websockets.server");
    dropAll("websockets.client");
  },
  "doc-13-logger-argument": () => {
    logging.basicConfig({ format: "%(name)s %(levelname)s %(message)s", level: logging.INFO });
    const logger = logging.getLogger("interface.websocket");
    return { server: { logger }, client: { logger } };
  },
  "doc-14-json": () => {
    const handler = new logging.StreamHandler();
    handler.setFormatter(new JSONFormatter());
    logging.getLogger().addHandler(handler);
    logging.getLogger().setLevel(logging.INFO);
  },
  "doc-15-adapter-as-in-the-docs": () => {
    logging.basicConfig({ format: "%(asctime)s %(message)s", level: logging.INFO });
    return { server: { logger: new ForwardedAdapter(logging.getLogger("websockets.server")) } };
  },
  "doc-16-format-with-websocket-attribute": () => {
    logging.basicConfig({
      format: "{asctime} {websocket.id} {websocket.remoteAddress.address} {message}",
      level: logging.INFO,
      style: "{",
    });
  },
  "logger-null": () => ({ server: { logger: null }, client: { logger: null } }),
  "nothing-is-configured": () => {
    process.on("exit", () => {
      const names = ["", "websockets", "websockets.server", "websockets.client"];
      const found = names.map((name) => {
        const { level, handlers, propagate, filters } = logging.getLogger(name);
        return [name, level, handlers.length, filters.length, propagate];
      });
      process.stdout.write(JSON.stringify(found));
    });
  },
};
