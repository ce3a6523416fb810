import { type Command, Option } from 'commander';
import { noQuestion } from '../app/no-question.js';
import type { SecurityTools } from '../app/security-tools.js';
import { shown } from '../kernel/text.js';
import { requirePerson, requireYes } from './confirm.js';
import type { Result } from './answering.js';
import type { WithTools } from './with-security-tools.js';

type Question = Awaited<ReturnType<SecurityTools['questions']>>[number];
type Scope = Question['scopes'][number];

async function openQuestion(tools: SecurityTools, id: string): Promise<Question> {
  await requirePerson(tools.requireOperator, 'Risky calls are answered for');
  const question = (await tools.questions()).find((open) => open.id === id);
  if (question === undefined) throw noQuestion();
  return question;
}

async function list(tools: SecurityTools): Promise<Result> {
  await tools.requireOperator('Questions are for the operator.');
  const open = await tools.questions();
  const rows = open.map(({ id, caller, risk, seconds, text }) => [
    id,
    shown(caller),
    risk,
    `${String(seconds)} s`,
    text,
  ]);
  const columns = ['ID', 'CALLER', 'RISK', 'LEFT', 'QUESTION'];
  const approvals = open.map(({ seconds, ...rest }) => ({ ...rest, expires_in_seconds: seconds }));
  return [
    { approvals },
    open.length === 0 ? { summary: 'Nothing waits for an answer.' } : { table: { columns, rows } },
  ];
}

const HOLDS: Readonly<Record<Scope, string>> = {
  once: 'this call, once',
  pane: 'all such calls of this caller in this pane, for 60 minutes',
  session: 'all such calls of this caller in this session, for 60 minutes',
};

async function approve(tools: SecurityTools, id: string, scope: Scope): Promise<Result> {
  const question = await openQuestion(tools, id);
  process.stderr.write(`${question.text}\n`);
  await requireYes(`Approve ${HOLDS[scope]}?`, 'Nothing was approved.', 'tmux-orc deny tells the caller so.');
  await tools.answer(question, scope);
  return [{ approved: id, scope }, { summary: `Approved: ${HOLDS[scope]}.` }];
}

async function deny(tools: SecurityTools, id: string): Promise<Result> {
  await tools.answer(await openQuestion(tools, id), 'no');
  return [{ denied: id }, { summary: 'Denied.' }];
}

/** Answers to the questions of risky calls. */
export function addApprovalCommands(nouns: { program: Command; security: Command }, withTools: WithTools): void {
  const { program, security } = nouns;
  security
    .command('approvals')
    .description('Lists the risky calls that wait for a yes.')
    .action(() => withTools(list));
  program
    .command('approve')
    .description('Lets a risky call that waits for a yes be made. Asks at a terminal.')
    .argument('<id>', 'id of the question, from the error of the call')
    .addOption(
      new Option('--for <scope>', 'all such calls of this caller there, for 60 minutes').choices(['pane', 'session']),
    )
    .action((id: string, { for: scope = 'once' }: { for?: Scope }) => withTools((tools) => approve(tools, id, scope)));
  program
    .command('deny')
    .description('Says no to a risky call that waits for a yes. Needs a terminal.')
    .argument('<id>', 'id of the question, from the error of the call')
    .action((id: string) => withTools((tools) => deny(tools, id)));
}
