import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** Three pairs for its streams, a pipe for its start, and as many again for whatever else is just opening a file. */
const NEEDED = 16;

/**
 * Whether a program can be started with streams of its own. Without enough descriptors Node gives a child without any
 * streams, and reports its error where nobody listens yet: that would end this process. Starting is synchronous, so
 * what is free now is free then.
 */
export function hasSpareDescriptors(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < NEEDED) opened.push(openSync(devNull, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
