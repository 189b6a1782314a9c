/** The memory that a machine writes its bytes into: its owner hands it in, so that nothing is made for each frame. */
export interface Output {
  /** Where to write now. It may be another after `reserve`. */
  readonly bytes: Uint8Array;
  /** The first free byte of `bytes`. */
  readonly at: number;
  /** Makes room: afterwards `bytes` has at least `size` bytes free from `at` on. */
  reserve(size: number): void;
  /** What lies before `end` has been written: moves `at` there. */
  commit(end: number): void;
  /**
   * Sends `bytes[start, end)` from where it is, unchanged until it is sent: a frame that others send too. An output without
   * it gets a copy.
   */
  share?(bytes: Uint8Array, start: number, end: number): void;
  /** Whether so much waits to be sent that answers to pings should wait too. */
  readonly congested: boolean;
  /** Ends the stream after what has been written so far. Nothing is written after it. */
  end(): void;
}
