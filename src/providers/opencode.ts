import type { PermissionMode } from '../kernel/agent-words.js';
import { isObject } from '../kernel/json.js';
import type { Dialog } from './dialog.js';
import { opencodePack } from './packs/opencode.js';
import { opencodeTalk } from './transcripts/opencode.js';
import { type ApiSpec, asText, joined, type OfferedServer, type Provider, SERVER_NAME } from './provider.js';

/** What OPENCODE_PERMISSION says to the kinds of tools. */
const MODES: Readonly<Record<PermissionMode, Readonly<Record<string, string>>>> = {
  ask: { bash: 'ask', edit: 'ask', webfetch: 'ask' },
  auto: { bash: 'ask', edit: 'allow', webfetch: 'allow' },
  bypass: { '*': 'allow' },
};

/** Settings that go on top of the user's own files. */
const configWith = ({ command, args, env }: OfferedServer): string =>
  JSON.stringify({ mcp: { [SERVER_NAME]: { type: 'local', command: [command, ...args], environment: env } } });

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const isText = (value: unknown): value is string => typeof value === 'string';

/** As its screen has them. */
const REPLIES = { 'Allow once': 'once', 'Allow always': 'always', Reject: 'reject' } as const;

/** The first of the permissions that it asks for. */
function permissionIn([first]: readonly unknown[]): Dialog | undefined {
  if (!isObject(first) || !isText(first.id) || !ID.test(first.id)) return undefined;
  const patterns = Array.isArray(first.patterns) ? first.patterns.filter(isText) : [];
  const path = `/permission/${first.id}/reply`;
  return {
    title: ['Permission required:', ...[first.permission].filter(isText), ...patterns].join(' '),
    options: Object.entries(REPLIES).map(([label, reply]) => ({ label, selected: false, reply: { path, body: { reply } } })),
    ...{ about: '', cancels: true },
  };
} // prettier-ignore

/** The first of the questions that it asks; undefined where it takes more than one option. */
function questionIn([first]: readonly unknown[]): Dialog | undefined {
  if (!isObject(first) || !isText(first.id) || !ID.test(first.id) || !Array.isArray(first.questions)) return undefined;
  const [question, ...more] = first.questions as readonly unknown[];
  if (!isObject(question) || more.length > 0 || question.multiple === true || !isText(question.question)) return undefined;
  const path = `/question/${first.id}/reply`;
  const labels = (Array.isArray(question.options) ? question.options : []).filter(isObject).map(({ label }) => label);
  const options = labels.filter(isText).map((label) => ({ label, selected: false, reply: { path, body: { answers: [[label]] } } }));
  return { title: question.question, options, about: '', cancels: false };
} // prettier-ignore

/**
 * What it waits for, and what its conversations are about (those of agents below it too): `busy`, `retry`, and none of
 * one that is idle.
 */
const api: ApiSpec = {
  user: 'opencode',
  talk: opencodeTalk,
  paths: ['/permission', '/question', '/session/status'],
  read: ([permissions, questions, status]) => {
    if (Array.isArray(permissions) && permissions.length > 0)
      return { says: 'waiting_permission', rule: 'permission', dialog: permissionIn(permissions) };
    if (Array.isArray(questions) && questions.length > 0)
      return { says: 'waiting_input', rule: 'question', dialog: questionIn(questions) };
    if (!isObject(status)) return undefined;
    const retry = Object.values(status)
      .filter(isObject)
      .find(({ type }) => type === 'retry');
    if (retry !== undefined)
      return { says: 'error', rule: 'retry', text: typeof retry.message === 'string' ? retry.message : undefined };
    const [busy, ...more] = Object.keys(status);
    if (busy === undefined) return { says: 'idle', rule: 'idle' };
    return { says: 'working', rule: 'busy', sessionId: more.length === 0 ? busy : undefined };
  },
};

/**
 * OpenCode. A model is `provider/model`. Its own server tells its state. A plugin would tell of events, but for any plugin
 * it installs packages into the user's own folder first, which takes minutes without a network (1.18).
 */
export const opencode: Provider = {
  id: 'opencode',
  kind: 'agent',
  command: 'opencode',
  exitCommand: '/exit',
  interruptKeys: ['Escape', 'Escape'],
  conversations: 'its own',
  resumesSilently: true,
  envNames: ['OPENCODE_API_KEY', 'OPENCODE_CONFIG', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY'],
  packs: [opencodePack],
  api,
  launch: ({ permissionMode, model, resume, message, api: address, server }) => ({
    args: [
      ...joined('--port', address && String(address.port)),
      ...joined('--session', resume),
      ...joined('--model', model),
      ...joined('--prompt', message === undefined ? undefined : asText(message)),
    ],
    env: {
      ...(permissionMode === undefined ? {} : { OPENCODE_PERMISSION: JSON.stringify(MODES[permissionMode]) }),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      ...(address === undefined ? {} : { OPENCODE_SERVER_PASSWORD: address.password }),
      ...(server === undefined ? {} : { OPENCODE_CONFIG_CONTENT: configWith(server) }),
    },
  }),
};
