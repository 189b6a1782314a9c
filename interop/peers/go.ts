/** Go: gorilla/websocket. */
import { join } from "node:path";
import { Folder } from "../certificate.ts";
import { Child } from "../child.ts";
import { foreignClient, foreignServer } from "../foreign.ts";
import { file, program } from "../need.ts";
import type { Trial } from "../trial.ts";

/** Where Debian puts the sources of Go's libraries. */
const GOPATH = "/usr/share/gocode";
const needs = [
  program("go", "golang-go"),
  file(`${GOPATH}/src/github.com/gorilla/websocket`, "golang-github-gorilla-websocket-dev"),
];
const env = { GOPATH, GO111MODULE: "off", GOFLAGS: "" };

/** The same trial, with the path of a program that is built first. */
function built(name: "client" | "server", make: (path: string) => Trial): Trial {
  const trial = make("");
  return {
    ...trial,
    run: async () => {
      await using folder = await Folder.make();
      const path = join(folder.path, name);
      await using build = new Child("go", ["build", "-o", path, `interop/go/${name}.go`], env);
      await build.succeed();
      return await make(path).run();
    },
  };
}

const NAME = "Go gorilla/websocket";

export const trials: readonly Trial[] = [
  built("client", (path) => {
    const deeds = { binary: true, pings: true };
    return foreignClient({ name: NAME, needs, command: (url) => [path, url], deeds });
  }),
  built("server", (path) => foreignServer({ name: NAME, needs, command: () => [path] })),
];
