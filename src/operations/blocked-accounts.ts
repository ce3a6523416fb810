import * as z from 'zod';
import type { BlockedStanding } from './program-status.js';

export const blockedOutput = z
  .array(
    z.object({
      account: z.string().describe('Provider, and where its CLI keeps its files'),
      until: z.string().describe('ISO 8601; its agents go on within a minute after it'),
      guessed: z.boolean().describe('No end was told; it is tried again then'),
      agents: z.array(z.string()).describe('Those whose turn was cut'),
    }),
  )
  .describe('Accounts whose usage limit is reached: nothing is sent to their agents before');
type Blocked = z.output<typeof blockedOutput>[number];

const iso = (ms: number): string => new Date(ms).toISOString();

export const showBlocked = ({ account, until, isGuess, agents }: BlockedStanding): Blocked => ({
  ...{ account, until: iso(until), guessed: isGuess, agents: [...agents] },
});

/** With its day, where that is another one. */
export function blockedFact({ account, until, guessed, agents }: Blocked): readonly [string, string] {
  const day = until.slice(0, 10) === iso(Date.now()).slice(0, 10) ? '' : `${until.slice(0, 10)} `;
  const time = `${account}: blocked until ${day}${until.slice(11, 16)} UTC${guessed ? ', a guess' : ''}`;
  return ['blocked', agents.length === 0 ? time : `${time}; ${agents.join(', ')}`];
}
