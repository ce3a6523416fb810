// A plugin of OpenCode: it tells of every beginning and end of a turn, of errors and of questions.
import { createTell } from './tell.mjs';

const textOf = (parts) =>
  parts
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join('');

export const TmuxOrc = async ({ client }) => {
  const tell = createTell();
  /** Sessions of agents below the one that the person sees. */
  const below = new Set();
  let isBusy = false;
  let error;

  const answerOf = async (id) => {
    try {
      const { data } = await client.session.messages({ path: { id } });
      return textOf(data.findLast(({ info }) => info.role === 'assistant')?.parts ?? []);
    } catch {
      return undefined;
    }
  };
  const onStatus = async (id, { type, message }) => {
    if (type === 'retry') return tell('retrying', { error: message });
    if (type === 'busy') {
      if (!isBusy) [isBusy, error] = [true, undefined];
      else return undefined;
      return tell('submitted', { session_id: id });
    }
    if (!isBusy) return undefined;
    isBusy = false;
    const answer = await answerOf(id);
    if (isBusy) return undefined;
    return error === undefined
      ? tell('finished', { session_id: id, answer })
      : tell('failed', { session_id: id, answer, error });
  };
  return {
    event: async ({ event: { type, properties = {} } }) => {
      const id = properties.sessionID ?? properties.info?.id;
      if (type === 'session.created') {
        if (properties.info?.parentID !== undefined) below.add(id);
        else void tell('started', { session_id: id });
      }
      if (below.has(id)) return;
      if (type === 'session.status') void onStatus(id, properties.status ?? {});
      if (type === 'session.error' && properties.error?.name !== 'MessageAbortedError')
        error = properties.error?.data?.message ?? properties.error?.name ?? 'error';
      if (type === 'permission.asked' || type === 'permission.updated') void tell('asked', properties);
      if (type === 'permission.replied') void tell('replied', properties);
    },
  };
};
