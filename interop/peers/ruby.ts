/** Ruby: websocket-driver, which faye-websocket stands on, on EventMachine. */
import { foreignClient, foreignServer } from "../foreign.ts";
import { file, program } from "../need.ts";
import type { Trial } from "../trial.ts";

const LIBRARIES = "/usr/lib/ruby/vendor_ruby";
const needs = [
  program("ruby"),
  file(`${LIBRARIES}/websocket/driver.rb`, "ruby-websocket-driver"),
  file(`${LIBRARIES}/eventmachine.rb`, "ruby-eventmachine"),
];
const env = { RUBYOPT: "-W0", LANG: "C.UTF-8" };

export const trials: readonly Trial[] = [
  foreignClient({
    name: "Ruby websocket-driver",
    needs,
    env,
    command: (url) => ["ruby", "interop/ruby/driver_client.rb", url],
    deeds: { binary: true, pings: true },
  }),
  foreignServer({
    name: "Ruby websocket-driver",
    needs,
    env,
    command: () => ["ruby", "interop/ruby/driver_server.rb"],
  }),
];
