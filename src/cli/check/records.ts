import { existsSync } from 'node:fs';
import type { Verdict } from '../../app/audit-tools.js';
import { grantsBefore } from '../../app/old-grants.js';
import { stateFolder } from '../../config/folders.js';
import type { ConfigSources } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { DAY_MS } from '../../kernel/clock.js';
import { createJsonLogger } from '../../kernel/logger.js';
import { shown } from '../../kernel/text.js';
import { fail, type Finding, pass, warn } from '../doctor/finding.js';

const OLD_DAYS = 30;
const STALE_HOURS = 24;
const HOUR_MS = 3_600_000;
const MAX_TOLD = 5;

const silent = (): void => undefined;

const BAD: Readonly<Record<Exclude<Verdict['status'], 'ok'>, string>> = {
  tampered: 'records were changed',
  truncated: 'records are missing',
  key: 'it is signed with a key that is not here',
};

async function verified(sources: ConfigSources, anchor: string | undefined): Promise<Verdict> {
  const { openAuditTools } = await import('../../app/audit-tools.js');
  const tools = await openAuditTools(sources, silent);
  return tools.verify({ anchor }).finally(tools.close);
}

/** @param anchor a copy of the anchors that was kept elsewhere */
export async function checkAudit(
  sources: ConfigSources,
  { security }: Config,
  anchor: string | undefined,
): Promise<Finding[]> {
  const on = security.audit.enabled
    ? []
    : [fail('audit', 'nothing is recorded', 'Switch it on: tmux-orc config show security.audit.enabled --origin')];
  const given = anchor !== undefined && existsSync(anchor);
  const { status, records } = await verified(sources, given ? anchor : undefined);
  const sound =
    status === 'ok'
      ? pass('audit', `${String(records)} records, all proven`)
      : fail('audit', BAD[status], 'See which and why: tmux-orc audit verify');
  return [...on, sound, copyOf(anchor, given, status)];
}

function copyOf(anchor: string | undefined, given: boolean, status: Verdict['status']): Finding {
  if (anchor === undefined)
    return warn('anchors', 'not held against a copy: whoever has the key can write the log anew', 'Keep copies of audit/anchors.log elsewhere, then: tmux-orc security check --anchor COPY'); // prettier-ignore
  if (!given) return fail('anchors', 'there is no such copy', 'Give the path of a copy of audit/anchors.log.');
  return status === 'ok'
    ? pass('anchors', 'nothing before the end of the copy is missing')
    : fail('anchors', 'the log does not fit the copy, or is damaged itself', 'See which: tmux-orc audit verify --anchor COPY'); // prettier-ignore
}

/** Trust that has been given long ago and may be forgotten. */
export async function checkGrants({ env }: ConfigSources, config: Config): Promise<Finding> {
  const old = await grantsBefore(env, config, createJsonLogger(silent, 'error'), Date.now() - OLD_DAYS * DAY_MS);
  if (old.length === 0) return pass('grants', `none older than ${String(OLD_DAYS)} days`);
  const named = old.slice(0, MAX_TOLD).map(({ caller }) => shown(caller));
  const more = old.length > MAX_TOLD ? ` and ${String(old.length - MAX_TOLD)} more` : '';
  return warn('grants', `older than ${String(OLD_DAYS)} days: ${named.join(', ')}${more}`, 'Take back what is not needed: tmux-orc security trust revoke CALLER'); // prettier-ignore
}

export async function checkLockdown(sources: ConfigSources): Promise<Finding> {
  // To look for it in a store that is not there would make one.
  if (!existsSync(stateFolder(sources.env))) return pass('lockdown', 'off');
  const { openSecurityTools } = await import('../../app/security-tools.js');
  const tools = await openSecurityTools(sources, silent);
  const facts = await tools.lockdown().finally(tools.close);
  if (facts === undefined) return pass('lockdown', 'off');
  const unlock = 'End it when you know why it was entered: tmux-orc security unlock';
  const { since } = facts;
  if (since === undefined) return warn('lockdown', 'on, without a record of who entered it', unlock);
  return Date.now() - since > STALE_HOURS * HOUR_MS
    ? warn('lockdown', `on since ${new Date(since).toISOString()}`, unlock)
    : pass('lockdown', `on since ${new Date(since).toISOString()}`);
}
