// ws with its native helper, which it takes where it finds it; here it has to be there.
import { peer } from "../peers/peer.mjs";

peer("bufferutil");
await import("./ws.mjs");
