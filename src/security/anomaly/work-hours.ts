/** When people work, in the local time of the machine. */
export interface WorkHours {
  /** Of the week; 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes of the day. An end that is not behind the beginning is on the next day. */
  readonly from: number;
  readonly to: number;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MINUTES = 1440;

function daysOf(text: string): Set<number> {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first] = part.split('-');
    const from = DAYS.indexOf(first);
    const length = (DAYS.indexOf(last) - from + DAYS.length) % DAYS.length;
    for (let day = 0; day <= length; day++) days.add((from + day) % DAYS.length);
  }
  return days;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** @param text in the form that the config takes: `Mon-Fri 08:00-19:00`, `Mon,Wed 22:00-06:00`, `09:00-17:00` */
export function parseWorkHours(text: string): WorkHours {
  const words = text.split(' ');
  const [from = '', to = ''] = (words.at(-1) ?? '').split('-');
  const days = words.length === 1 ? 'Sun-Sat' : (words[0] ?? '');
  return { days: daysOf(days), from: minutesOf(from), to: minutesOf(to) };
}

/** Whether a time of day is in the hours that began on that day, or on the day before. */
export function isAtWork({ days, from, to }: WorkHours, time: Date): boolean {
  const minute = time.getHours() * 60 + time.getMinutes();
  const today = time.getDay();
  const yesterday = (today + DAYS.length - 1) % DAYS.length;
  const end = to > from ? to : to + DAY_MINUTES;
  const within = (given: number): boolean => given >= from && given < end;
  return (days.has(today) && within(minute)) || (days.has(yesterday) && within(minute + DAY_MINUTES));
}
