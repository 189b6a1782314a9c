/** Through which proxy a connection goes, and the tunnel through it. */
import type { Socket } from "node:net";
import type { ConnectionOptions as TlsConnectOptions } from "node:tls";
import { checkNames, checkObject, show } from "../connection/options.ts";
import { InvalidProxy } from "../http/errors.ts";
import type { WebSocketUri } from "../http/uri.ts";
import { dial, type Lookup } from "../node/dial.ts";
import { openTunnel } from "../node/http-proxy.ts";
import { openSocksTunnel, type SocksConnect } from "../node/socks-proxy.ts";
import { type ProxyAddress, type ProxyScheme, parseProxy } from "./proxy-address.ts";
import { findProxy } from "./proxy-environment.ts";

/** A proxy, with what it takes to speak to it. */
export interface ProxyOptions {
  /**
   * Its address: `http:`, `https:`, `socks5h:`, `socks5:`, `socks4a:` or `socks4:`, with user and password if it wants
   * them. Default: from the environment.
   */
  readonly url?: string | URL;
  /** Node's TLS options for an `https:` proxy. */
  readonly tls?: TlsConnectOptions;
  /** What speaks SOCKS, for the `socks…:` proxies: `SocksClient.createConnection` of the package `socks`. */
  readonly connect?: SocksConnect;
}

/** The same, checked; `url` is null when the environment says which. */
export interface ProxySettings {
  readonly url: ProxyAddress | null;
  readonly tls: TlsConnectOptions | undefined;
  readonly connect: SocksConnect | null;
}

const KNOWN = new Set(["url", "tls", "connect"]);

/**
 * Checks the option `proxy`. Null is no proxy.
 *
 * @throws TypeError for a wrong type. @throws InvalidProxy for a wrong address.
 */
export function resolveProxy(
  proxy: string | URL | ProxyOptions | null | undefined,
): ProxySettings | null {
  if (proxy === null) return null;
  if (proxy === undefined) return { url: null, tls: undefined, connect: null };
  if (typeof proxy === "string" || proxy instanceof URL) {
    const url = parseProxy(proxy);
    checkCanSpeak(url, null, String(proxy));
    return { url, tls: undefined, connect: null };
  }
  if (typeof proxy !== "object") {
    throw new TypeError(
      `proxy is ${show(proxy)}: it can be an address, null, or { url, tls, connect }`,
    );
  }
  checkNames(proxy, KNOWN, "proxy");
  const { url, tls, connect } = proxy;
  if (url !== undefined && typeof url !== "string" && !(url instanceof URL)) {
    throw new TypeError(`proxy.url is ${show(url)}: it must be a string or a URL`);
  }
  checkObject("proxy.tls", tls, "an object of Node's TLS options");
  if (connect !== undefined && typeof connect !== "function") {
    throw new TypeError(`proxy.connect is ${show(connect)}: it must be a function`);
  }
  const address = url === undefined ? null : parseProxy(url);
  if (address !== null) checkCanSpeak(address, connect ?? null, String(url));
  return { url: address, tls, connect: connect ?? null };
}

/** The proxy on the way to `uri`, or null for none. @throws InvalidProxy when the environment names a wrong one. */
export function chooseProxy(
  uri: WebSocketUri,
  settings: ProxySettings | null,
): ProxyAddress | null {
  if (settings === null) return null;
  if (settings.url !== null) return settings.url;
  const found = findProxy(uri, process.env);
  if (found === null) return null;
  const address = parseProxy(found);
  checkCanSpeak(address, settings.connect, found);
  return address;
}

function checkCanSpeak(address: ProxyAddress, connect: SocksConnect | null, given: string): void {
  if (!isSocks(address.scheme) || connect !== null) return;
  throw new InvalidProxy(
    given,
    "SOCKS needs the option proxy.connect: SocksClient.createConnection of the package socks",
  );
}

function isSocks(scheme: ProxyScheme): scheme is Exclude<ProxyScheme, "http" | "https"> {
  return scheme.startsWith("socks");
}

/** What a tunnel needs beside the proxy. */
export interface TunnelContext {
  readonly uri: WebSocketUri;
  readonly userAgent: string | null;
  readonly lookup: Lookup | undefined;
  /** Milliseconds, or null for no limit. */
  readonly timeout: number | null;
  readonly signal: AbortSignal;
}

/**
 * A socket that leads through the proxy to the server, without the server's TLS.
 *
 * @throws ProxyError (rejects), one of its kind, when there is no tunnel. @throws Error (rejects) when the proxy can't be
 * reached. @throws `signal.reason` (rejects) when the signal aborts.
 */
export async function tunnel(
  proxy: ProxyAddress,
  settings: ProxySettings,
  context: TunnelContext,
): Promise<Socket> {
  const { scheme, credentials } = proxy;
  const { uri, userAgent, lookup, timeout, signal } = context;
  const socket = await dial({
    role: "proxy",
    host: proxy.host,
    port: proxy.port,
    socketPath: undefined,
    socket: undefined,
    secure: scheme === "https",
    tls: settings.tls,
    lookup,
    signal,
  });
  if (isSocks(scheme) && settings.connect !== null) {
    const destination = { host: uri.host, port: uri.port };
    const options = { scheme, proxy, credentials, destination, lookup, timeout, signal };
    return await openSocksTunnel(settings.connect, socket, options);
  }
  const host = uri.host.includes(":") ? `[${uri.host}]` : uri.host;
  await openTunnel(socket, { authority: `${host}:${uri.port}`, credentials, userAgent, signal });
  return socket;
}
