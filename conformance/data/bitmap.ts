/** A grey bitmap of 8 bits a pixel: gradients under noise, so that it hardly compresses. */
import { Random } from "./random.ts";

const FILE_HEAD = 14;
const IMAGE_HEAD = 40;
const GREYS = 256;

/** A BMP file of `side` × `side` pixels; 512 gives 263 222 octets. */
export function bitmap(side: number): Buffer {
  const start = FILE_HEAD + IMAGE_HEAD + 4 * GREYS;
  const file = Buffer.alloc(start + side * side);
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(IMAGE_HEAD, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  file.writeUInt32LE(side * side, 34);
  for (let grey = 0; grey < GREYS; grey += 1) file.fill(grey, 54 + 4 * grey, 54 + 4 * grey + 3);
  const random = new Random(0xb17_3a9);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const light = 90 + 60 * Math.sin(x / 37) * Math.cos(y / 53);
      file[start + y * side + x] = Math.round(light) + random.below(64);
    }
  }
  return file;
}
