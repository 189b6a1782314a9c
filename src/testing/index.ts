/**
 * Entry `clearsocket/testing`: for tests of what is built on the package.
 *
 * @module clearsocket/testing
 */
export type { Clock, Timer } from "../connection/clock.ts";
export { ManualClock, settle } from "./clock.ts";
export {
  connectionPair,
  type Pair,
  type PairClientOptions,
  type PairOptions,
  type PairServerOptions,
} from "./pair.ts";
