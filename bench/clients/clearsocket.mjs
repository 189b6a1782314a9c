// Clearsocket's client behind the contract of bench/README.md.
import { connect } from "clearsocket";
import { measure } from "./measure.mjs";

await measure(async (url, onMessage) => {
  const connection = await connect(url, { compression: null, proxy: null });
  void connection.consume(onMessage);
  return {
    send: (data) => connection.post(data),
    waiting: () => connection.bufferedAmount,
    close: () => connection.close(),
  };
});
