/**
 * Numbers in decimal, exactly: `%f`, `%e` and `%g` of C and of Python's format specs.
 *
 * Number.prototype.toFixed rounds a tie upward and ends at 1e21 and 100 digits; C and Python round a tie to even and
 * have no such end. A double is a whole number times a power of two, so the digits are computed with whole numbers.
 */

/** More digits than this are refused: they would be noughts, and could take all memory. */
const MOST_DIGITS = 10_000;

const BITS = new DataView(new ArrayBuffer(8));

/** `value` (finite, not negative) as `mantissa * 2 ** exponent`. */
function split(value: number): { mantissa: bigint; exponent: number } {
  BITS.setFloat64(0, value);
  const high = BITS.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(BITS.getUint32(4));
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** `value * 10 ** power`, rounded to a whole number, ties to even. */
function scale(value: number, power: number): bigint {
  const { mantissa, exponent } = split(value);
  let dividend = mantissa;
  let divisor = 1n;
  if (exponent >= 0) dividend <<= BigInt(exponent);
  else divisor <<= BigInt(-exponent);
  if (power >= 0) dividend *= 10n ** BigInt(power);
  else divisor *= 10n ** BigInt(-power);
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  const up = twice > divisor || (twice === divisor && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** How a number is written: its absolute value; whoever asks adds the sign. */
export interface DecimalOptions {
  /** Digits after the point; for `g`, significant digits. */
  readonly precision: number;
  /** For `g`: at least one digit behind the point, and an exponent one digit earlier. */
  readonly fraction?: boolean;
  /** `#`: a point even without digits after it, and for `g` the noughts at the end. */
  readonly alternate?: boolean;
}

function checkPrecision(precision: number): void {
  if (precision > MOST_DIGITS) throw new RangeError("precision too big");
}

function withPoint(digits: string, places: number, alternate: boolean): string {
  if (places === 0) return alternate ? `${digits}.` : digits;
  const padded = digits.padStart(places + 1, "0");
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** `%f` of the absolute value of `value`; `inf` and `nan` as words. */
export function toFixed(value: number, { precision, alternate = false }: DecimalOptions): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : "inf";
  checkPrecision(precision);
  return withPoint(scale(Math.abs(value), precision).toString(), precision, alternate);
}

/** The digits of `size` rounded to `count` significant ones, and the power of ten of the first. */
function significant(size: number, count: number): { digits: string; power: number } {
  if (size === 0) return { digits: "0".repeat(count), power: 0 };
  let power = Number(size.toExponential().split("e")[1]);
  let digits = scale(size, count - 1 - power).toString();
  if (digits.length !== count) {
    // 9.99 became 10.0; or the shortest text that stands for a tiny number has another power than the number (1e-323).
    power += digits.length > count ? 1 : -1;
    digits = scale(size, count - 1 - power).toString();
  }
  return { digits, power };
}

function exponential(digits: string, power: number, alternate: boolean): string {
  const sign = power < 0 ? "-" : "+";
  const mantissa = withPoint(digits, digits.length - 1, alternate);
  return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** `%e` of the absolute value of `value`. */
export function toExponential(
  value: number,
  { precision, alternate = false }: DecimalOptions,
): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : "inf";
  checkPrecision(precision);
  const { digits, power } = significant(Math.abs(value), precision + 1);
  return exponential(digits, power, alternate);
}

/** `%g` of the absolute value of `value`: whichever of `%e` and `%f` is shorter, without noughts at the end. */
export function toGeneral(
  value: number,
  { precision, alternate = false, fraction = false }: DecimalOptions,
): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : "inf";
  checkPrecision(precision);
  const count = Math.max(precision, 1);
  const { digits, power } = significant(Math.abs(value), count);
  const kept = alternate ? digits : digits.replace(/(?<=.)0+$/, "");
  if (power < -4 || power >= (fraction ? count - 1 : count)) {
    return exponential(kept, power, alternate);
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${kept}`;
  const whole = kept.slice(0, power + 1).padEnd(power + 1, "0");
  const behind = kept.slice(power + 1);
  if (behind !== "") return `${whole}.${behind}`;
  return fraction ? `${whole}.0` : alternate ? `${whole}.` : whole;
}
