import { followLog, lastLogLines } from '../../app/monitor-log.js';
import { inert } from '../watch/style.js';
import type { EventFlags } from './events.js';
import { type MonitorSurroundings, untilEnded, withTools } from './surroundings.js';

/** A line for people: `time level: message, field: "value"`. What is in the file may have been put there by others. */
function readable(line: string): string {
  try {
    const { time, level, pid, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const more = Object.entries(fields).map(([name, value]) => `, ${name}: ${JSON.stringify(value)}`);
    return inert(`${String(time)} ${String(level)} ${String(pid)}: ${String(message)}${more.join('')}`);
  } catch {
    return inert(line);
  }
}

/** Prints what the background process has written, and goes on with what it writes. */
export async function showLogs(surroundings: MonitorSurroundings, flags: EventFlags): Promise<void> {
  const { output } = surroundings;
  const print = (line: string): void => { output.out(`${output.json ? line : readable(line)}\n`); }; // prettier-ignore
  await withTools(surroundings, async ({ logFolder }) => {
    const { lines, place } = lastLogLines(logFolder, flags.lines);
    lines.forEach(print);
    if (flags.follow === true) await followLog(logFolder, place, untilEnded(), print);
    else if (lines.length === 0 && flags.lines > 0) output.err('The background process has written nothing yet.\n');
  });
}
