const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/**
 * A time of day that was so short a while ago is meant itself, and not that of the next day: seconds are cut off, and who is
 * tried right at the end may be told the same once more.
 */
const JUST_OVER_MS = 15 * MINUTE_MS;

const UNITS: Readonly<Record<string, number>> = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: 1000 };
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Words behind which a time of a reset stands. */
const LEAD =
  /\b(?:reset(?:s|ting)?|try again|retry(?:ing)?|available(?: again)?|limit (?:will )?reset)\b[^0-9a-z]{0,3}(?:at|on|in|after|by)?\s*/gi;
const SPAN =
  /^(?:about |~)?((?:\d{1,5}\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b[\s,]*(?:and )?){1,4})/i;
const PART = /(\d{1,5})\s*([dhms])/gi;
const ISO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))/i;
const DATE = new RegExp(`^(?:(${DAYS.join('|')})[a-z]*,?\\s+|(${MONTHS.join('|')})[a-z]*\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?(?:\\s+(\\d{4}))?,?\\s+)?(?:at\\s+)?`, 'i'); // prettier-ignore
const TIME = /^(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\.?(?![a-z])|^(\d{1,2}):(\d{2})(?!\d)/i;
const ZONE = /^\s*\(?\s*(UTC|GMT|[A-Z][A-Za-z_]+\/[A-Za-z_/+-]+)\s*\)?/;

interface Wall {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

function fieldsOf(at: number, zone: string): Record<string, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

function wallOf(at: number, zone: string): Wall {
  const { year = 0, month = 1, day = 1 } = fieldsOf(at, zone);
  return { year, month: month - 1, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** How far the clocks of a zone are before UTC at a moment. */
function offsetAt(at: number, zone: string): number {
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fieldsOf(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The moment when the clocks of a zone show this. Twice, because the first guess may lie on the other side of a change. */
function momentOf(wall: number, zone: string): number {
  const guess = wall - offsetAt(wall, zone);
  return wall - offsetAt(guess, zone);
}

const isZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

/** @returns minutes since midnight; undefined for what is no time of day */
function minutesOf(found: RegExpExecArray): number | undefined {
  const half = found[3]?.toLowerCase();
  const hour = Number(found[1] ?? found[4]);
  const minute = Number(found[2] ?? found[5] ?? 0);
  if (minute > 59) return undefined;
  if (half === undefined) return hour > 23 ? undefined : hour * 60 + minute;
  return hour < 1 || hour > 12 ? undefined : ((hour % 12) + (half === 'p' ? 12 : 0)) * 60 + minute;
}

function spanIn(text: string): number | undefined {
  const found = SPAN.exec(text)?.[1];
  if (found === undefined) return undefined;
  let sum = 0;
  for (const [, count, unit = ''] of found.matchAll(PART)) sum += Number(count) * (UNITS[unit.toLowerCase()] ?? 0);
  return sum > 0 ? sum : undefined;
}

/** The first day from a day on that the date names, as midnight on the clocks of the zone. */
function daysFrom(date: RegExpExecArray | null, from: Wall): { readonly first: number; readonly step: number } {
  const [, weekday, month, day, year] = date ?? [];
  const midnight = Date.UTC(from.year, from.month, from.day);
  if (weekday !== undefined) {
    const ahead = (DAYS.indexOf(weekday.toLowerCase()) - from.weekday + 7) % 7;
    return { first: midnight + ahead * DAY_MS, step: 7 * DAY_MS };
  }
  if (month === undefined) return { first: midnight, step: DAY_MS };
  const named = Date.UTC(Number(year ?? from.year), MONTHS.indexOf(month.toLowerCase()), Number(day));
  // Without a year it is the next one with that date.
  return { first: named, step: year === undefined ? 365 * DAY_MS : 0 };
}

function clockIn(text: string, now: number, local: string): number | undefined {
  const date = DATE.exec(text);
  const rest = text.slice(date?.[0].length ?? 0);
  const time = TIME.exec(rest);
  if (time === null) return undefined;
  const minutes = minutesOf(time);
  const named = ZONE.exec(rest.slice(time[0].length))?.[1];
  const zone = named ?? local;
  if (minutes === undefined || !isZone(zone)) return undefined;
  const from = now - JUST_OVER_MS;
  const { first, step } = daysFrom(date, wallOf(from, zone));
  const at = momentOf(first + minutes * MINUTE_MS, zone);
  return at > from || step === 0 ? at : momentOf(first + step + minutes * MINUTE_MS, zone);
}

/**
 * When a limit that a program tells of ends: "resets 3pm", "reset at 4:30pm (Europe/Berlin)", "try again at 16:00",
 * "resets Mon 9am", "try again in 2h 15m", an ISO 8601 time. A time of day is the next one, or one that was a few minutes
 * ago.
 * @param text one line, as the program wrote it
 * @param now milliseconds since the epoch
 * @param local time zone of times that name none (IANA name)
 * @returns milliseconds since the epoch; undefined when the text tells no time that can be
 */
export function resetTimeIn(text: string, now: number, local: string): number | undefined {
  for (const lead of text.matchAll(LEAD)) {
    const rest = text.slice(lead.index + lead[0].length);
    const iso = ISO.exec(rest)?.[1];
    const at = iso === undefined ? undefined : Date.parse(iso);
    if (at !== undefined && !Number.isNaN(at)) return at;
    const span = spanIn(rest);
    if (span !== undefined) return now + span;
    const clock = clockIn(rest, now, local);
    if (clock !== undefined) return clock;
  }
  return undefined;
}
