/** What became of one send. */
export interface Sent {
  readonly text: string;
  /** What went wrong at the agent. */
  readonly fault: string;
  readonly state: string;
  readonly reason: string | undefined;
  readonly ms: number;
}

const PARTS = [
  (n: number) => `short ${String(n)}`,
  (n: number) => `two lines ${String(n)}\n\tsecond; "quoted" 'too' \`backticks\` $HOME ../up \\`,
  (n: number) => `${String(n)} ${'many words '.repeat(30)}end`,
  (n: number) => Array.from({ length: 8 }, (_, line) => `line ${String(line)} of ${String(n)}`).join('\n'),
  (n: number) => `look at @src/index.ts and /etc/hosts ${String(n)}`,
  (n: number) => `${String(n)} 日本語 emoji 👩‍👩‍👧 ‏עברית‏ café`,
  (n: number) => `${String(n)} ${'x'.repeat(3000)};`,
  (n: number) => `const a = { b: [${String(n)}] }; // -flag #{pane_id} %1`,
];

/** Texts of many kinds, no two alike. */
export const manyTexts = (name: string, count: number, seed: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name} ${PARTS[(n + seed) % PARTS.length]!(n)}`);

export async function sendMany(
  texts: readonly string[],
  fault: string,
  send: (text: string) => Promise<any>,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const text of texts) {
    const since = performance.now();
    const { state, reason } = await send(text);
    sent.push({ text, fault, state, reason, ms: performance.now() - since });
  }
  return sent;
}

export interface Counts {
  readonly sends: number;
  readonly submitted: number;
  readonly unknown: number;
  /** Taken more than once. */
  readonly doubled: number;
  /** Said to be submitted, or delivered later, and not taken. */
  readonly lost: number;
  /** Said to be submitted, and not taken. */
  readonly falselySubmitted: number;
  readonly p50: number;
  readonly p95: number;
  readonly others: readonly string[];
}

/** @param taken how often a text was really taken */
export function count(sent: readonly Sent[], taken: (text: string) => number): Counts {
  const of = (state: string): Sent[] => sent.filter((one) => one.state === state);
  const times = [...sent].map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part: number): number => Math.round(times[Math.floor(times.length * part)] ?? 0);
  const expected = sent.filter(({ state }) => ['submitted', 'queued', 'held'].includes(state));
  return {
    ...{ sends: sent.length, submitted: of('submitted').length, unknown: of('unknown').length },
    doubled: sent.filter(({ text }) => taken(text) > 1).length,
    lost: expected.filter(({ text }) => taken(text) === 0).length,
    falselySubmitted: of('submitted').filter(({ text }) => taken(text) === 0).length,
    ...{ p50: at(0.5), p95: at(0.95) },
    others: sent.filter(({ state }) => state !== 'submitted').map(({ state, reason, fault, text }) => `${state} ${reason ?? ''} (${fault}): ${text.slice(0, 40)}`),
  }; // prettier-ignore
}
