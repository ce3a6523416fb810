const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a time such as `30m`, `12h` or `7d`. @returns seconds; undefined for anything else */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^([0-9]{1,8})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  return seconds === undefined ? undefined : Number(count) * seconds;
}
