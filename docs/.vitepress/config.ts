import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { leadLinks, slugify, wrapTables } from "./markdown.ts";
import { makeReferenceSidebars } from "./reference.ts";

/** Two brackets that meet: a connection. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#3451b2" stroke-width="2"><path d="M7 3H2v10h5M9 3h5v10H9M5 8h6"/></svg>',
)}`;

/** Whether there is a page: some belong to parts of the project that come and go. */
function isPage(link: string): boolean {
  return ["../..", ".."].some((root) =>
    existsSync(fileURLToPath(new URL(`${root}${link}.md`, import.meta.url))),
  );
}

export default defineConfig({
  lang: "en-GB",
  title: "Clearsocket",
  description: "WebSocket servers and clients for TypeScript and JavaScript that you can see into",
  head: [["link", { rel: "icon", href: ICON }]],
  cleanUrls: true,
  // Once, and not in each page.
  metaChunk: true,
  // The pages of the whole project: links lead from docs/ to what stands beside it.
  srcDir: "..",
  srcExclude: ["README.md", "{dist,src,test,.changeset,.tmp}/**", "**/node_modules/**"],
  rewrites: { "docs/:page(.*)": ":page" },
  outDir: ".vitepress/dist",
  cacheDir: ".vitepress/cache",
  markdown: {
    languageAlias: { haproxy: "ini" },
    anchor: { slugify },
    config: (markdown) => {
      markdown.use(leadLinks).use(wrapTables);
    },
  },
  // The size of the logging page and of the search's index is known.
  vite: {
    build: { chunkSizeWarningLimit: 4096 },
    // Pages outside docs/ would look for it beside themselves.
    resolve: {
      alias: [
        {
          find: /^vue(?=$|\/server-renderer$)/,
          replacement: fileURLToPath(new URL("../node_modules/vue", import.meta.url)),
        },
      ],
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Start", link: "/tutorial/getting-started" },
      { text: "Errors", link: "/topics/errors" },
      { text: "Examples", link: "/examples/README" },
      { text: "API", link: "/reference/" },
    ],
    sidebar: {
      ...makeReferenceSidebars(),
      "/": [
        {
          text: "Start",
          items: [
            { text: "Getting started", link: "/tutorial/getting-started" },
            { text: "The command line", link: "/howto/command-line" },
            { text: "Examples", link: "/examples/README" },
          ],
        },
        {
          text: "How to",
          items: [
            { text: "Say who may come in", link: "/howto/auth" },
            { text: "Stay connected", link: "/howto/reconnect" },
            { text: "Go through a proxy", link: "/howto/proxy" },
            { text: "Read and write in pieces", link: "/howto/stream" },
            { text: "Test what you build", link: "/howto/testing" },
            { text: "Deploy", link: "/howto/deploy" },
          ],
        },
        {
          text: "Topics",
          items: [
            { text: "The client", link: "/topics/client" },
            { text: "Servers", link: "/topics/server" },
            { text: "Errors by their message", link: "/topics/errors" },
            { text: "Logging", link: "/topics/logging" },
            { text: "Keepalive", link: "/topics/keepalive" },
            { text: "Backpressure", link: "/topics/backpressure" },
            { text: "Compression", link: "/topics/compression" },
            { text: "Memory", link: "/topics/memory" },
            { text: "HTTP/2", link: "/topics/http2" },
            { text: "Security", link: "/topics/security" },
            { text: "Reliability", link: "/topics/reliability" },
            { text: "Reliability", link: "/topics/reliability" },
            { text: "Performance", link: "/topics/performance" },
            { text: "States of a connection", link: "/topics/states" },
          ].filter(({ link }) => isPage(link)),
        },
        {
          text: "Come from",
          items: [
            { text: "ws", link: "/howto/migrate-from-ws" },
            { text: "Python's websockets", link: "/howto/migrate-from-python" },
            {
              text: "reconnecting-websocket",
              link: "/howto/migrate-from-reconnecting-websocket",
            },
          ],
        },
        { text: "API reference", link: "/reference/" },
        {
          text: "The project",
          collapsed: true,
          items: [
            { text: "What people ask for", link: "/topics/asks" },
            { text: "Features", link: "/features" },
            { text: "Principles", link: "/principles" },
            { text: "Decisions", link: "/decisions/README" },
            { text: "Architecture", link: "/ARCHITECTURE" },
            { text: "Contributing", link: "/CONTRIBUTING" },
            { text: "Security policy", link: "/SECURITY" },
            { text: "Conformance suite", link: "/conformance/README" },
            { text: "Hostile peers", link: "/hostile/README" },
            { text: "Benchmarks", link: "/bench/README" },
            { text: "Changes", link: "/CHANGELOG" },
          ].filter(({ link }) => isPage(link)),
        },
      ],
    },
  },
});
