export type Verdict = 'pass' | 'warn' | 'fail';

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do, one sentence; every warning and failure has one. */
  readonly advice?: string;
}

export const pass = (check: string, found: string): Finding => ({ check, verdict: 'pass', found });
export const warn = (check: string, found: string, advice: string): Finding => ({ check, verdict: 'warn', found, advice }); // prettier-ignore
export const fail = (check: string, found: string, advice: string): Finding => ({ check, verdict: 'fail', found, advice }); // prettier-ignore

/** Octal, as chmod(1) takes it. */
export const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
