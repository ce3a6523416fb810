import type { Clock } from '../kernel/clock.js';
import { isNotFound } from '../kernel/errors.js';
import type { Dialog } from '../providers/dialog.js';
import type { Provider } from '../providers/provider.js';
import type { Providers } from '../providers/index.js';
import { packFor, readScreen, type ScreenReading, readTitle } from '../providers/pack.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { PaneRow } from '../tmux/listing.js';
import type { Tmux } from '../tmux/tmux.js';
import { processEvidence, shellEvidence } from './processes.js';
import type { AgentRecord } from './records.js';
import type { Evidence, Verdict } from './status/evidence.js';
import { resetTimeIn } from './status/reset-time.js';
import { fuse } from './status/fuse.js';
import { ownEvidence } from './own-evidence.js';
import type { Told } from './told.js';

/** What one look at an agent has shown. */
export interface Look {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** What stands on its screen; empty for one that has no screen of its own or has ended. */
  readonly lines: readonly string[];
  readonly dialog?: Dialog | undefined;
  /** What it says about a limit or an error. */
  readonly text?: string | undefined;
  /** When a limit that it tells of ends, in milliseconds since the epoch. */
  readonly resetsAt?: number | undefined;
  /** What waits in its composer, not sent; undefined where none is seen. */
  readonly draft?: string | undefined;
  /** The draft may be only the end of what waits there. */
  readonly draftIsPart?: true | undefined;
  /** The last event that its CLI has told of. */
  readonly told?: Told | undefined;
  /** What its CLI calls its conversation. */
  readonly sessionId?: string | undefined;
}

/** A CLI's own server may answer before anything can be typed: that it is idle does not show that it has started. */
export const showsStart = ({ verdict: { winner }, evidence }: Look): boolean =>
  winner?.source !== 'api' || winner.says !== 'idle' || evidence.some(({ source }) => source === 'screen');

/** Enough for every screen. What is above it is read too, where the program keeps a history. */
const SCREEN_LINES = 60;
/** Of a pack that is for other versions of the CLI. */
const UNCOVERED = 0.8;

export interface LookSource {
  readonly tmux: Pick<Tmux, 'lastLines'>;
  readonly clock: Clock;
  readonly providers: () => Promise<Providers>;
}

const readingEvidence = (source: 'screen' | 'title', reading: ScreenReading | undefined, at: number): Evidence[] =>
  reading?.says === undefined
    ? []
    : [
        {
          ...{ source, says: reading.says, rule: reading.rule, at },
          ...(reading.region === undefined ? {} : { region: reading.region }),
          ...(reading.text === undefined ? {} : { text: reading.text }),
        },
      ];

export async function screenOf(tmux: LookSource['tmux'], pane: PaneRow): Promise<readonly string[]> {
  try {
    return await tmux.lastLines(pane.id, SCREEN_LINES);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** When a limit ends that any evidence tells of. */
function resetsAt(evidence: readonly Evidence[], text: string | undefined, now: number): number | undefined {
  if (text === undefined || !evidence.some(({ says }) => says === 'rate_limited')) return undefined;
  return resetTimeIn(text, now, Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Where an agent CLI was read. */
interface Read extends Pick<
  Look,
  'lines' | 'dialog' | 'draft' | 'draftIsPart' | 'text' | 'resetsAt' | 'evidence' | 'told' | 'sessionId'
> {
  /** Its pack is for its version. */
  readonly isCovered: boolean;
}

async function readCli(
  { tmux, clock }: LookSource,
  provider: Provider,
  record: AgentRecord,
  pane: PaneRow,
): Promise<Read> {
  const [lines, own] = await Promise.all([
    screenOf(tmux, pane),
    ownEvidence(provider, record, pane, { mono: clock.mono(), wall: clock.now() }),
  ]);
  const at = clock.mono();
  const { pack, isCovered } = packFor(provider.packs, record.version);
  const screen = { title: pane.title, lines };
  const reading = pack && readScreen(pack, screen);
  const title = pack && readTitle(pack, screen);
  const evidence = [...own.evidence, ...readingEvidence('title', title, at), ...readingEvidence('screen', reading, at)];
  const text = reading?.text ?? own.text;
  return {
    ...{
      lines,
      isCovered,
      dialog: own.dialog ?? reading?.dialog,
      draft: reading?.draft,
      text,
      told: own.told,
      sessionId: own.sessionId,
      evidence,
    },
    resetsAt: resetsAt(evidence, text, clock.now()),
  };
}

/**
 * Looks at an agent once: its processes, what it says of itself, its title, its screen.
 * @param pane its row in a listing of now; undefined when the pane is gone
 */
export async function lookAt(
  source: LookSource,
  agent: ManagedAgent,
  record: AgentRecord,
  pane: PaneRow | undefined,
): Promise<Look> {
  const provider = (await source.providers()).byId(record.provider);
  const at = source.clock.mono();
  const ended = processEvidence(pane, agent.panePid, record.isAlone, at);
  if (pane === undefined || ended.length > 0) return { verdict: fuse(ended, at), evidence: ended, lines: [] };
  if (provider === undefined) return { verdict: fuse([], at), evidence: [], lines: [] };
  if (provider.kind === 'shell') {
    const evidence = shellEvidence(pane, at);
    return { verdict: fuse(evidence, at), evidence, lines: [] };
  }
  const { isCovered, ...read } = await readCli(source, provider, record, pane);
  const verdict = fuse(read.evidence, at);
  const confidence = Math.round(verdict.confidence * UNCOVERED * 100) / 100;
  return { ...read, verdict: isCovered ? verdict : { ...verdict, confidence } };
} // prettier-ignore
