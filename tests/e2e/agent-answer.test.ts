import { describe, expect, it } from 'vitest';
import { asking as askingIn, drawn, type Drawn, drawnWorld, type Question } from '../support/drawn-agents.js';
import { hosted } from '../support/hosted.js';
import { cli, cliJson, legacyHost, modernHost, okOf } from '../support/program.js';

const here = hosted(drawnWorld);

const NUMBERED = ['1. Yes', '2. Yes, and always allow', '3. No'];
const asking = (...questions: readonly Question[]): Promise<Drawn> => askingIn(here.world, here.host, ...questions);
const answer = ({ name }: Drawn, choice: string, more: object = {}): Promise<any> =>
  okOf(here.host, 'answer_prompt', { agent: name, choice, ...more });
const refused = async (agent: string, choice: string, more: object = {}): Promise<any> =>
  (await here.host.call('answer_prompt', { agent, choice, ...more })).structuredContent.error;

describe('an answer', () => {
  it('is chosen by its label, whichever option is marked', async () => {
    const agent = await asking({});
    const options = [{ label: 'No', selected: true }, { label: 'Yes', selected: false }]; // prettier-ignore
    expect((await agent.status()).dialog.options).toEqual(options);
    const answered = await answer(agent, 'yes', { expect_title: 'Do you want to proceed?' });
    expect(answered).toMatchObject({ pressed: 'Yes', state: 'idle', untrusted: true });
    expect(answered.dialog_before).toEqual({ title: 'Do you want to proceed?', options });
    expect(answered.dialog).toBeUndefined();
    expect([agent.chosen(), agent.keys()]).toEqual([['Yes for touch x'], ['Down', 'Enter']]);
  });

  it('is Enter alone where it is marked, and is moved up to as well', async () => {
    const last = await asking({ labels: NUMBERED, marked: 2 });
    await answer(last, 'No');
    expect(last.keys()).toEqual(['Enter']);
    const first = await asking({ labels: NUMBERED, marked: 2 });
    await answer(first, 'Yes');
    expect([first.keys(), first.chosen()]).toEqual([['Up', 'Up', 'Enter'], ['1. Yes for touch x']]);
  });

  it('tells the question that comes next, though it reads the same', async () => {
    const agent = await asking({ about: 'touch a' }, { about: 'touch b' });
    const answered = await answer(agent, 'Yes');
    expect(answered).toMatchObject({ state: 'waiting_permission', dialog: { title: 'Do you want to proceed?' } });
    expect(agent.chosen()).toEqual(['Yes for touch a']);
  });

  it('waits until a question that has just come up takes keys', async () => {
    const labels = ['Yes', 'No'];
    const agent = await asking({ labels, about: 'touch a' }, { labels, about: 'touch b', deafMs: 300 });
    await answer(agent, 'Yes');
    expect(await answer(agent, 'Yes')).toMatchObject({ state: 'idle' });
    expect([agent.keys(), agent.chosen()]).toEqual([
      ['Enter', 'Enter'],
      ['Yes for touch a', 'Yes for touch b'],
    ]);
  });

  it.each<[string, Question]>([
    ['another command', { on: { Down: { about: 'rm -rf /' } } }],
    ['another title', { on: { Down: { title: 'Do you want to go?' } } }],
    ['other options', { on: { Down: { labels: ['Yes', 'No'] } } }],
  ])('is none to a question that has become one for %s', async (_what, change) => {
    const agent = await asking(change);
    expect(await refused(agent.name, 'Yes')).toMatchObject({ code: 'CONFLICT' });
    expect(agent.keys()).toEqual(['Down']);
  });

  it('is given up where keys are not taken, and unknown where the question does not go', { timeout: 60_000 }, async () => {
    const still = await asking({ on: { Down: null } });
    expect(await refused(still.name, 'Yes')).toMatchObject({ code: 'AGENT_UNREADY' });
    expect(still.keys()).not.toContain('Enter');
    const stays = await asking({ on: { Enter: null } });
    expect(await refused(stays.name, 'Yes')).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(stays.keys()).toEqual(['Down', 'Enter']);
  }); // prettier-ignore

  it('is none of what is no option, or to no such question, and nothing is pressed', async () => {
    const agent = await asking({ labels: NUMBERED });
    const labels = ['Yes', 'Yes, and always allow', 'No'];
    expect(await refused(agent.name, 'maybe')).toMatchObject({ code: 'INVALID_INPUT', details: { labels } });
    expect(await refused(agent.name, '3')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await refused(agent.name, 'ye')).toMatchObject({ code: 'AMBIGUOUS', details: { labels } });
    expect(await refused(agent.name, 'Yes', { expect_title: 'Else?' })).toMatchObject({ code: 'CONFLICT' });
    expect(agent.keys()).toEqual([]);
    expect(await refused((await drawn(here.world, here.host)).name, 'Yes')).toMatchObject({ code: 'CONFLICT' });
    expect(await refused('nobody', 'Yes')).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is given once by two that give it at the same moment', async () => {
    const title = 'Do you want to make a?';
    const agent = await asking({ title, about: 'a' }, { title: 'Do you want to make b?', about: 'b', marked: 1 });
    const both = await Promise.all([legacyHost(here.world), modernHost(here.world)]);
    const args = { agent: agent.name, choice: 'Yes', expect_title: title };
    const results = await Promise.all(both.map((by) => by.call('answer_prompt', args)));
    await Promise.all(both.map((by) => by.close()));
    const codes = results.map(({ structuredContent }) => structuredContent.error?.code ?? 'ok');
    expect(codes.toSorted()).toEqual(['CONFLICT', 'ok']);
    expect(agent.chosen()).toEqual(['Yes for a']);
  });

  it('is given on the command line, with exit codes', async () => {
    const { name } = await asking({});
    expect(await cliJson(here.world, ['agent', 'answer', name, 'nothing'])).toMatchObject({ code: 2 });
    const { code, stdout } = await cli(here.world, ['agent', 'answer', name, 'Yes']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Do you want to proceed? Yes')]);
    expect((await cliJson(here.world, ['agent', 'answer', name, 'Yes'])).code).toBe(6);
  });

  it('to the agent of somebody else needs a yes, which names the question', async () => {
    const agent = await asking({});
    const rules = { TMUX_ORC_SECURITY_RISK_RULES: '[]' };
    const given = { ...here.world, env: { ...here.world.env, ...rules } };
    const error = await cliJson(given, ['agent', 'answer', agent.name, 'Yes']);
    expect(error).toMatchObject({ code: 4, error: { code: 'CONFIRMATION_REQUIRED' } });
    const { stdout } = await cli(given, ['security', 'approvals']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('answer "Yes" to its question "Do you want to proceed?"');
    expect(agent.keys()).toEqual([]);
  });
});
