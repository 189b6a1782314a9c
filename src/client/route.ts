/** The socket to a server: one that was given, a new one, or one that leads through a proxy. */
import type { Socket } from "node:net";
import type { WebSocketUri } from "../http/uri.ts";
import { dial } from "../node/dial.ts";
import type { StaticReading } from "../node/static-buffer.ts";
import type { ClientSettings } from "./options.ts";
import { chooseProxy, tunnel } from "./proxy.ts";

/**
 * Opens it, with TLS for `wss:`.
 *
 * @param reading How it is to read, where that can be.
 *
 * @throws Error (rejects) when it cannot be opened; its `code` is the system's. @throws ProxyError (rejects), one of its
 * kind, when a proxy is in the way. @throws `signal.reason` (rejects) when the signal aborts.
 */
export async function openSocket(
  uri: WebSocketUri,
  settings: ClientSettings,
  signal: AbortSignal,
  reading?: StaticReading,
): Promise<Socket> {
  const { host, port, secure } = uri;
  const { tls, lookup, socketPath, socket, proxy, userAgent, connection } = settings;
  const way = { host, port, secure, tls, lookup, signal };
  const address = chooseProxy(uri, proxy);
  if (address === null || proxy === null)
    return await dial({ ...way, socketPath, socket, reading });
  const timeout = connection.openTimeout;
  const through = await tunnel(address, proxy, { uri, userAgent, lookup, timeout, signal });
  try {
    return await dial({ ...way, socketPath: undefined, socket: through });
  } catch (error) {
    through.destroy();
    throw error;
  }
}
