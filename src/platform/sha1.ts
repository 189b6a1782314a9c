/**
 * SHA-1 (RFC 3174), for platforms that have it only as a promise: Sec-WebSocket-Accept is compared amid a call (RFC 6455 §4.2.2).
 * It proves that the peer speaks the protocol, and keeps no secret.
 */

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The text with the padding of §4: a one, zeros, and the length in bits, in blocks of 64 bytes. */
function pad(bytes: Uint8Array): DataView {
  const size = Math.ceil((bytes.length + 9) / 64) * 64;
  const padded = new Uint8Array(size);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(size - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(size - 4, bytes.length << 3);
  return view;
}

/** §5: the function and the constant of round `t`. */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a82_7999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9_eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1b_bcdc;
  return (b ^ c ^ d) + 0xca62_c1d6;
}

/** The digest of `bytes`, 20 bytes. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const blocks = pad(bytes);
  const words = new Int32Array(80);
  let [h0, h1, h2, h3, h4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let t = 0; t < 16; t += 1) words[t] = blocks.getInt32(block + 4 * t);
    for (let t = 16; t < 80; t += 1) {
      const [w3, w8] = [words[t - 3] as number, words[t - 8] as number];
      const [w14, w16] = [words[t - 14] as number, words[t - 16] as number];
      words[t] = rotate(w3 ^ w8 ^ w14 ^ w16, 1);
    }
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (let t = 0; t < 80; t += 1) {
      const next = (rotate(a, 5) + mix(t, b, c, d) + e + (words[t] as number)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [h0, h1, h2, h3, h4] = [(h0 + a) | 0, (h1 + b) | 0, (h2 + c) | 0, (h3 + d) | 0, (h4 + e) | 0];
  }
  const digest = new DataView(new ArrayBuffer(20));
  [h0, h1, h2, h3, h4].forEach((word, index) => {
    digest.setInt32(4 * index, word);
  });
  return new Uint8Array(digest.buffer);
}
