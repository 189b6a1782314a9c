/**
 * Dates as C's `strftime` writes them, in the C locale, with the flags of glibc: `%-d`, `%_H`, `%05j`, `%^a`, `%#Z`.
 */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const DAY = 86_400_000;

/** Locales that between them have the short names of most time zones. */
const LOCALES = [
  "en-US",
  "en-GB",
  "en-AU",
  "en-CA",
  "en-HK",
  "en-ID",
  "en-IN",
  "en-KE",
  "en-NG",
  "en-NZ",
  "en-ZA",
  "ja",
];

/** Zones whose short name no locale has, with the name that they have at each offset (minutes). */
const ZONES: ReadonlyMap<string, Readonly<Record<number, string>>> = new Map([
  ["Asia/Jerusalem", { 120: "IST", 180: "IDT" }],
  ["Asia/Karachi", { 300: "PKT" }],
  ["Asia/Manila", { 480: "PST" }],
  ["Asia/Seoul", { 540: "KST" }],
  ["Asia/Shanghai", { 480: "CST" }],
  ["Asia/Taipei", { 480: "CST" }],
  ["Europe/Moscow", { 180: "MSK" }],
]);

/** A moment as a calendar shows it: its fields read as UTC, and what the zone is. */
export interface LocalTime {
  /** The calendar's fields, as the UTC fields of this date. */
  readonly fields: Date;
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Minutes that the calendar is ahead of UTC. */
  readonly offset: number;
  /** The short name of the zone. */
  zone(): string;
}

/** What a calendar of the process's time zone shows at `seconds` since 1970. */
export function localTime(seconds: number): LocalTime {
  const date = new Date(seconds * 1000);
  const offset = -date.getTimezoneOffset();
  const fields = new Date(date.getTime() + offset * 60_000);
  return { fields, seconds, offset, zone: () => nameZone(date, offset) };
}

/** What a calendar in UTC shows at `seconds` since 1970. */
export function utcTime(seconds: number): LocalTime {
  return { fields: new Date(seconds * 1000), seconds, offset: 0, zone: () => "UTC" };
}

/** `CET`, `EST`; zones that have no such name are called by their offset (`+03`), as in the time zone database. */
function nameZone(date: Date, offset: number): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const known = ZONES.get(timeZone)?.[offset];
  if (known !== undefined) return known;
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date);
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{3,5}$/.test(name)) return name;
  }
  if (offset === 0) return "UTC";
  return writeOffset(offset, readFlags("", "")).replace(/00$/, "");
}

function dayOfYear(fields: Date): number {
  const start = Date.UTC(fields.getUTCFullYear(), 0, 1);
  return Math.floor((fields.getTime() - start) / DAY);
}

/** The week of the year (0 to 53), where the first week begins with the first `first` (0 Sunday, 1 Monday). */
function week(fields: Date, first: number): number {
  const day = (fields.getUTCDay() - first + 7) % 7;
  return Math.floor((dayOfYear(fields) + 7 - day) / 7);
}

/** The week of ISO 8601 and the year that it belongs to: the one of its Thursday. */
function isoWeek(fields: Date): { year: number; week: number } {
  const thursday = new Date(fields.getTime() + (3 - ((fields.getUTCDay() + 6) % 7)) * DAY);
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

/** A number with this many digits at least, filled with noughts or spaces. */
interface NumberDirective {
  readonly number: (time: LocalTime) => number;
  readonly digits: number;
  readonly fill?: "0" | "_";
}

/** A text; `change` is what the flag `#` makes of it, `lower` holds whatever the flags. */
interface TextDirective {
  readonly text: (time: LocalTime) => string;
  readonly change?: "upper" | "lower";
  readonly lower?: boolean;
}

/** A format of its own. */
interface FormatDirective {
  readonly format: string;
}

/** The offset from UTC: a sign, and hours and minutes as one number. */
interface OffsetDirective {
  readonly offset: true;
}

/** One letter; `not` are the modifiers (`E`, `O`) that it does not take. */
type Directive = (NumberDirective | TextDirective | FormatDirective | OffsetDirective) & {
  readonly not?: string;
};

const name = (names: readonly string[], at: number): string => names[at] ?? "";
const hour12 = (fields: Date): number => fields.getUTCHours() % 12 || 12;
const half = ({ fields }: LocalTime): string => (fields.getUTCHours() < 12 ? "AM" : "PM");

const dayName = ({ fields }: LocalTime): string => name(DAYS, fields.getUTCDay());
const monthName = ({ fields }: LocalTime): string => name(MONTHS, fields.getUTCMonth());
const shortMonth: Directive = {
  text: (time) => monthName(time).slice(0, 3),
  change: "upper",
  not: "E",
};

const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ["a", { text: (time) => dayName(time).slice(0, 3), change: "upper", not: "EO" }],
  ["A", { text: dayName, change: "upper", not: "EO" }],
  ["b", shortMonth],
  ["B", { text: monthName, change: "upper", not: "E" }],
  ["c", { format: "%a %b %e %H:%M:%S %Y", not: "O" }],
  ["C", { number: ({ fields }) => Math.floor(fields.getUTCFullYear() / 100), digits: 2 }],
  ["d", { number: ({ fields }) => fields.getUTCDate(), digits: 2, not: "E" }],
  ["D", { format: "%m/%d/%y", not: "EO" }],
  ["e", { number: ({ fields }) => fields.getUTCDate(), digits: 2, fill: "_", not: "E" }],
  ["F", { format: "%Y-%m-%d", not: "EO" }],
  ["g", { number: ({ fields }) => isoWeek(fields).year % 100, digits: 2, not: "E" }],
  ["G", { number: ({ fields }) => isoWeek(fields).year, digits: 1, not: "E" }],
  ["h", shortMonth],
  ["H", { number: ({ fields }) => fields.getUTCHours(), digits: 2, not: "E" }],
  ["I", { number: ({ fields }) => hour12(fields), digits: 2, not: "E" }],
  ["j", { number: ({ fields }) => dayOfYear(fields) + 1, digits: 3, not: "E" }],
  ["k", { number: ({ fields }) => fields.getUTCHours(), digits: 2, fill: "_", not: "E" }],
  ["l", { number: ({ fields }) => hour12(fields), digits: 2, fill: "_", not: "E" }],
  ["m", { number: ({ fields }) => fields.getUTCMonth() + 1, digits: 2, not: "E" }],
  ["M", { number: ({ fields }) => fields.getUTCMinutes(), digits: 2, not: "E" }],
  ["n", { text: () => "\n" }],
  ["p", { text: half, change: "lower" }],
  ["P", { text: half, lower: true }],
  ["r", { format: "%I:%M:%S %p" }],
  ["R", { format: "%H:%M" }],
  ["s", { text: ({ seconds }) => String(Math.floor(seconds)) }],
  ["S", { number: ({ fields }) => fields.getUTCSeconds(), digits: 2, not: "E" }],
  ["t", { text: () => "\t" }],
  ["T", { format: "%H:%M:%S" }],
  ["u", { number: ({ fields }) => fields.getUTCDay() || 7, digits: 1 }],
  ["U", { number: ({ fields }) => week(fields, 0), digits: 2, not: "E" }],
  ["V", { number: ({ fields }) => isoWeek(fields).week, digits: 2, not: "E" }],
  ["w", { number: ({ fields }) => fields.getUTCDay(), digits: 1, not: "E" }],
  ["W", { number: ({ fields }) => week(fields, 1), digits: 2, not: "E" }],
  ["x", { format: "%m/%d/%y", not: "O" }],
  ["X", { format: "%H:%M:%S", not: "O" }],
  ["y", { number: ({ fields }) => fields.getUTCFullYear() % 100, digits: 2 }],
  ["Y", { number: ({ fields }) => fields.getUTCFullYear(), digits: 1, not: "O" }],
  ["z", { offset: true }],
  ["Z", { text: (time) => time.zone(), change: "lower" }],
  ["%", { text: () => "%" }],
]);

/** The flags of one directive: how it is filled, to what width, in what case. */
interface Flags {
  /** `0`, `_` for spaces, `-` for nothing. */
  readonly fill: string;
  readonly width: number;
  readonly upper: boolean;
  readonly change: boolean;
}

/** Widths above this are refused by ignoring them: they would take all memory. */
const MOST_WIDTH = 1000;

function readFlags(flags: string, width: string): Flags {
  return {
    fill: flags.match(/[-_0]/g)?.at(-1) ?? "",
    width: Math.min(Number(width), MOST_WIDTH),
    upper: flags.includes("^"),
    change: flags.includes("#"),
  };
}

function writeNumber(value: number, digits: number, flags: Flags, fill = "0"): string {
  const chosen = flags.fill || fill;
  const text = String(value);
  if (chosen === "-") return text.padStart(flags.width, " ");
  return text.padStart(Math.max(digits, flags.width), chosen === "_" ? " " : "0");
}

function writeText(text: string, lower: boolean, { fill, width, upper }: Flags): string {
  const cased = lower ? text.toLowerCase() : upper ? text.toUpperCase() : text;
  return cased.padStart(width, fill === "0" ? "0" : " ");
}

/** Sign and number each have the width, as in glibc. */
function writeOffset(minutes: number, flags: Flags): string {
  const size = Math.abs(minutes);
  const hoursAndMinutes = Math.floor(size / 60) * 100 + (size % 60);
  const sign = writeText(minutes < 0 ? "-" : "+", false, flags);
  return sign + writeNumber(hoursAndMinutes, 4, flags);
}

function write(directive: Directive, time: LocalTime, flags: Flags): string {
  if ("number" in directive) {
    return writeNumber(directive.number(time), directive.digits, flags, directive.fill);
  }
  if ("offset" in directive) return writeOffset(time.offset, flags);
  if ("format" in directive) return writeText(strftime(directive.format, time), false, flags);
  const { change, lower = false } = directive;
  const upper = flags.upper || (flags.change && change === "upper");
  const toLower = lower || (flags.change && change === "lower");
  return writeText(directive.text(time), toLower, { ...flags, upper });
}

const DIRECTIVE = /%(?<flags>[-_0^#]*)(?<width>\d*)(?<modifier>[EO]?)(?<letter>.)/gsu;

/** `time` by `format`. A directive that is not known stays as it stands. */
export function strftime(format: string, time: LocalTime): string {
  return format.replace(
    DIRECTIVE,
    (whole, flags: string, width: string, modifier: string, letter: string) => {
      const directive = DIRECTIVES.get(letter);
      const read = readFlags(flags, width);
      const isKnown =
        directive !== undefined && (modifier === "" || !directive.not?.includes(modifier));
      return isKnown ? write(directive, time, read) : writeText(whole, false, read);
    },
  );
}
