import { randomUUID } from 'node:crypto';

const TIME_DIGITS = 12;
/** Where a UUIDv4 has its version; what follows is random but for the variant, which is the same in both. */
const VERSION_AT = 14;

/** A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits, so ids sort by time. */
export function correlationId(nowMs: number = Date.now()): string {
  const time = Math.trunc(nowMs).toString(16).padStart(TIME_DIGITS, '0');
  // Node keeps random bytes in store for these; asking for each costs more than everything else about an id.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(VERSION_AT + 1)}`;
}
