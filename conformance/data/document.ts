/** Something like a PDF: objects in text around streams that are compressed already, so that it hardly compresses. */
import { Random } from "./random.ts";

/** `size` octets. It is cut where it is long enough. */
export function document(size: number): Buffer {
  const random = new Random(0x0df_0df);
  const parts: Buffer[] = [Buffer.from("%PDF-1.4\n", "latin1")];
  let length = 0;
  for (let number = 1; length < size; number += 1) {
    const stream = Buffer.alloc(2000 + random.below(6000));
    for (let index = 0; index < stream.length; index += 1) stream[index] = random.next() >>> 11;
    const head = `${number} 0 obj\n<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`;
    const part = Buffer.concat([
      Buffer.from(head, "latin1"),
      stream,
      Buffer.from("\nendstream\nendobj\n", "latin1"),
    ]);
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}
