/** What a piece of code writes to standard error, caught as whoever replaces `process.stderr.write` catches it. */
export function catchStderr(run: () => unknown): string {
  const { stderr } = process;
  const before = Object.getOwnPropertyDescriptor(stderr, "write");
  let text = "";
  stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    run();
  } finally {
    Reflect.deleteProperty(stderr, "write");
    if (before !== undefined) Object.defineProperty(stderr, "write", before);
  }
  return text;
}
