/** Standard input as messages. */

/** What makes a message of a line, or says why it can't. */
export type ReadLine = (line: string) => string | Uint8Array | null;

/** A line is a text message. */
export const textLine: ReadLine = (line) => line;

/** A line in hexadecimal, spaces allowed, is a binary message; null: it is not hexadecimal. */
export const hexLine: ReadLine = (line) => {
  const digits = line.replace(/\s+/g, "");
  if (digits.length % 2 === 1 || !/^[0-9a-f]*$/i.test(digits)) return null;
  return new Uint8Array(Buffer.from(digits, "hex"));
};

/** The lines of a stream of UTF-8, without their ends (`\n` or `\r\n`); the last may have none. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    begun.push(first);
    for (const next of rest) {
      yield begun.join("").replace(/\r$/, "");
      begun = [next];
    }
  }
  begun.push(decoder.decode());
  const last = begun.join("");
  if (last !== "") yield last;
}
