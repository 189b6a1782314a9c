/** Dates as C's `strftime` writes them, in the C locale. */

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

/** English locales that between them have the short names of most time zones. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-CA", "en-IN", "en-NZ", "en-ZA"];

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

function pad(value: number, digits = 2, fill = "0"): string {
  return String(value).padStart(digits, fill);
}

function writeOffset(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
}

/** `CET`, `EST`; zones that have no such name are called by their offset (`+03`), as in the time zone database. */
function nameZone(date: Date, offset: number): string {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date);
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{3,5}$/.test(name)) return name;
  }
  const text = writeOffset(offset);
  return offset === 0 ? "UTC" : text.replace(/00$/, "");
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

type Directive = (time: LocalTime) => string;

const name = (names: readonly string[], at: number): string => names[at] ?? "";
const hour12 = (fields: Date): number => fields.getUTCHours() % 12 || 12;
const composed =
  (format: string): Directive =>
  (time) =>
    strftime(format, time);

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  a: ({ fields }) => name(DAYS, fields.getUTCDay()).slice(0, 3),
  A: ({ fields }) => name(DAYS, fields.getUTCDay()),
  b: ({ fields }) => name(MONTHS, fields.getUTCMonth()).slice(0, 3),
  B: ({ fields }) => name(MONTHS, fields.getUTCMonth()),
  c: composed("%a %b %e %H:%M:%S %Y"),
  C: ({ fields }) => pad(Math.floor(fields.getUTCFullYear() / 100)),
  d: ({ fields }) => pad(fields.getUTCDate()),
  D: composed("%m/%d/%y"),
  e: ({ fields }) => pad(fields.getUTCDate(), 2, " "),
  F: composed("%Y-%m-%d"),
  g: ({ fields }) => pad(isoWeek(fields).year % 100),
  G: ({ fields }) => String(isoWeek(fields).year),
  h: composed("%b"),
  H: ({ fields }) => pad(fields.getUTCHours()),
  I: ({ fields }) => pad(hour12(fields)),
  j: ({ fields }) => pad(dayOfYear(fields) + 1, 3),
  k: ({ fields }) => pad(fields.getUTCHours(), 2, " "),
  l: ({ fields }) => pad(hour12(fields), 2, " "),
  m: ({ fields }) => pad(fields.getUTCMonth() + 1),
  M: ({ fields }) => pad(fields.getUTCMinutes()),
  n: () => "\n",
  p: ({ fields }) => (fields.getUTCHours() < 12 ? "AM" : "PM"),
  P: ({ fields }) => (fields.getUTCHours() < 12 ? "am" : "pm"),
  r: composed("%I:%M:%S %p"),
  R: composed("%H:%M"),
  s: ({ seconds }) => String(Math.floor(seconds)),
  S: ({ fields }) => pad(fields.getUTCSeconds()),
  t: () => "\t",
  T: composed("%H:%M:%S"),
  u: ({ fields }) => String(fields.getUTCDay() || 7),
  U: ({ fields }) => pad(week(fields, 0)),
  V: ({ fields }) => pad(isoWeek(fields).week),
  w: ({ fields }) => String(fields.getUTCDay()),
  W: ({ fields }) => pad(week(fields, 1)),
  x: composed("%m/%d/%y"),
  X: composed("%H:%M:%S"),
  y: ({ fields }) => pad(fields.getUTCFullYear() % 100),
  Y: ({ fields }) => String(fields.getUTCFullYear()),
  z: ({ offset }) => writeOffset(offset),
  Z: (time) => time.zone(),
  "%": () => "%",
};

/** `time` by `format`. A directive that is not known stays as it stands, as in glibc. */
export function strftime(format: string, time: LocalTime): string {
  return format.replace(/%(?:[EO](?=[a-zA-Z]))?(.)/gsu, (whole, letter: string) => {
    const directive = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter] : undefined;
    return directive === undefined ? whole : directive(time);
  });
}
