/** What we call ourselves in User-Agent and Server (RFC 9110 §10.1.5, §10.2.4). */

/** `clearsocket/` and the version of this package, as far as others need to know. */
export const PRODUCT = "clearsocket/0.1";
