import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { type ConfigSources, resolveConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { OrcError } from '../kernel/errors.js';
import { createJsonLogger } from '../kernel/logger.js';
import type { Logger } from '../kernel/logger.js';
import { createScope, type Scope } from '../kernel/scope.js';
import type { EventFacts } from '../operations/security-facts.js';
import { readHead } from '../security/audit/head.js';
import { reasonOf, whyUnrecorded } from '../security/audit/trouble.js';
import { createCounters } from '../security/counters.js';
import type { OutputFilter } from '../security/outer/output-filter.js';
import { createApprovals } from '../security/risk/approvals.js';
import { createLockdown, type Lockdown, type LockdownFacts } from '../security/lockdown.js';
import { createStandings } from '../security/trust/standing.js';
import type { StateStore } from '../store/store.js';
import { openNoted } from './alerts/noted.js';
import { type ApprovalTools, createApprovalTools } from './approval-tools.js';
import { boundSources, refuseAgent } from './identity/bound-sources.js';
import { explain, type ExplainRequest, type Explanation } from './explain.js';
import { metricsText } from './metrics.js';
import { telling, told } from './operator-errors.js';
import { openLog } from './open-log.js';
import { operatorRecord } from './operator-record.js';
import { createOutgoing } from './outgoing.js';
import { lastEvents } from './security-status.js';
import { createStores } from './stores.js';
import { createTrustTools, type TrustTools } from './trust-tools.js';

/** What the operator does beside calls. It works while the config is refused, too. */
export interface SecurityTools extends ApprovalTools, TrustTools {
  /** For what is the operator's alone: not for programs in managed panes. @throws OrcError DENIED */
  readonly requireOperator: (what: string) => Promise<void>;
  /** What would become of a call, and why. @throws OrcError */
  readonly explain: (request: ExplainRequest) => Promise<Explanation>;
  /** In effect for all processes once it resolves. @returns why it could not be recorded @throws OrcError */
  readonly enterLockdown: (reason: string) => Promise<string | undefined>;
  /** @returns why it is not on record @throws OrcError; then it is still on */
  readonly leaveLockdown: () => Promise<string | undefined>;
  /** undefined when none is on; without facts when only its file is there. */
  readonly lockdown: () => Promise<Partial<LockdownFacts> | undefined>;
  /** As they may be shown. @throws OrcError */
  readonly events: (count: number) => Promise<EventFacts[]>;
  /** In the text format of Prometheus. @throws OrcError */
  readonly metrics: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** @throws OrcError with the reason why the lockdown was neither entered nor left */
async function changing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known = told(error, 'The lockdown stays as it was');
    if (known instanceof OrcError) throw known;
    throw new OrcError('DENIED', `The lockdown stays as it was: ${reasonOf(error)}.`, {
      hint: 'Check that the state folder can be written. tmux-orc doctor looks at it.',
      cause: error,
    });
  }
}

async function metrics(env: NodeJS.ProcessEnv, store: StateStore, lockdown: Lockdown): Promise<string> {
  // A store that is not there would be made by reading it.
  const nothing = !existsSync(join(stateFolder(env), 'user.db'));
  const [totals, active, head] = nothing
    ? [[], lockdown.isActive(), undefined]
    : await telling('The counters cannot be read', () =>
        Promise.all([createCounters(store).totals(), lockdown.check(), store.read(readHead)]),
      );
  return metricsText(totals, [
    { name: 'lockdown', help: '1 while a lockdown is on.', value: active ? 1 : 0 },
    { name: 'audit_records', help: 'Number of the last record of the audit log.', value: head?.seq ?? 0 },
  ]);
}

/** An agent is not shown what is noticed about it. */
function fileOnly(
  env: NodeJS.ProcessEnv,
  { log: settings }: Config,
  { data: clean }: OutputFilter,
  scope: Scope,
): Logger {
  const { logger, closeLog } = openLog({ env, settings: () => settings, clean });
  scope.defer(closeLog);
  return logger;
}

export async function openSecurityTools(
  given: ConfigSources,
  writeLog: (line: string) => void,
): Promise<SecurityTools> {
  const sources = await boundSources(given);
  const { env, agent } = sources;
  const self = agent ?? { id: 'operator', role: 'operator' };
  // Without what is wrong in it: stopping everything must not depend on a config that somebody broke.
  const { config } = await resolveConfig(sources);
  const scope = createScope();
  const logger = createJsonLogger(writeLog, 'warn');
  const timeoutMs = (): number => config.security.timeouts.store_ms;
  const stores = createStores({ env, backend: config.state.backend, timeoutMs, logger, scope });
  const store = stores.user;
  const lockdown = createLockdown({ root: stateFolder(env), store });
  const outgoing = createOutgoing({ ...sources, settings: () => config.security.redaction });
  const evidence = agent === undefined ? logger : fileOnly(env, config, outgoing, scope);
  const noted = openNoted({ env, config: () => config, store, logger: evidence, outgoing, scope });
  const record = operatorRecord(noted, config, { caller: self.id, role: self.role });
  const standings = createStandings(store);
  return {
    ...createApprovalTools(createApprovals(store), record),
    ...createTrustTools({
      ...{ standings, record, sessionSeconds: () => config.security.trust.session_timeout_seconds },
      // A damaged store goes on from the newest snapshot: that one has to know it.
      secure: async () => store.snapshots?.take().catch(() => undefined),
    }),
    requireOperator: async (what) => {
      if (agent !== undefined) await record('operator_only', {}, 'security').catch(() => undefined);
      refuseAgent(agent, what);
    },
    explain: (request) => explain({ config, env, stores, standings, lockdown }, request),
    enterLockdown: async (reason) => {
      await changing(() => lockdown.enter({ since: Date.now(), by: self.id, reason }));
      // It is on already: what cannot be recorded must not make it look otherwise.
      return record('lockdown_entered', { reason_characters: reason.length }).catch(whyUnrecorded);
    },
    leaveLockdown: async () => {
      const unrecorded = await record('lockdown_left', {});
      await changing(lockdown.leave);
      return unrecorded;
    },
    lockdown: async () =>
      (await lockdown.check()) ? ((await lockdown.facts().catch(() => undefined)) ?? {}) : undefined,
    events: async (count) => {
      // Patterns that are refused stop nothing here; the rules without them hold then.
      await outgoing.prepare().catch(() => undefined);
      const events = await telling('The events cannot be read', () => lastEvents(env, count));
      return outgoing.data(events) as EventFacts[];
    },
    metrics: () => metrics(env, store, lockdown),
    close: scope.close,
  };
}
