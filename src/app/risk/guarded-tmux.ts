import { OrcError } from '../../kernel/errors.js';
import type { Created } from '../../security/risk/creations.js';
import type { JobId } from '../../tmux/jobs/job.js';
import type { Jobs } from '../../tmux/jobs/jobs.js';
import type { Listing } from '../../tmux/listing.js';
import type { PaneInput, PaneSpec } from '../../tmux/model.js';
import type { Tmux } from '../../tmux/tmux.js';
import { namedKeys, quoted, quotedWords } from '../../security/risk/question.js';
import type { Act, Gate } from './act.js';
import { heldText } from './held-text.js';

function commandOf({ command, unattended }: PaneSpec): string {
  if (command === undefined) return '';
  const note = unattended === true ? ', which will act without asking anybody' : '';
  return `, running ${quotedWords(command)}${note}`;
}

function inputOf({ text, keys = [] }: PaneInput): string {
  const typed = text === undefined ? [] : [`type ${quoted(text)}`];
  const pressed = keys.length === 0 ? [] : [`press ${namedKeys(keys)}`];
  return [...typed, ...pressed].join(' and ');
}

const deedOf = ({ command }: PaneSpec): Act['deed'] => (command === undefined ? 'arrange' : 'input');

type Check = (act: Act) => Promise<void>;
type Creating = Pick<Tmux, 'createSession' | 'createWindow' | 'splitPane'>;
type Arranging = Pick<Tmux, 'renameSession' | 'renameWindow' | 'killSession' | 'killWindow' | 'killPane'>;

const toCreated = ({ id, pid }: { readonly id: string; readonly pid?: number }): Created => ({ id, pid });

function creating(tmux: Tmux, check: Check, created: Gate['created']): Creating {
  return {
    createSession: async (spec) => {
      const says = `create session ${quoted(spec.name)}${commandOf(spec)}`;
      await check({
        deed: deedOf(spec),
        target: undefined,
        reaches: false,
        says,
        names: [spec.name],
        folder: spec.asked ?? spec.cwd,
        isGrave: spec.unattended === true,
      });
      const made = await tmux.createSession(spec);
      await created(made.pane.server, [made.session, made.window, made.pane].map(toCreated), tmux.list);
      return made;
    },
    createWindow: async (spec) => {
      const says = `open a window in it${commandOf(spec)}`;
      const folder = spec.asked ?? spec.cwd ?? spec.session.cwd;
      await check({ deed: deedOf(spec), target: spec.session.id, reaches: false, says, folder, isGrave: spec.unattended === true }); // prettier-ignore
      const made = await tmux.createWindow(spec);
      await created(made.pane.server, [made.window, made.pane].map(toCreated), tmux.list);
      return made;
    },
    splitPane: async (spec) => {
      const folder = spec.cwd ?? spec.session.cwd;
      await check({ deed: deedOf(spec), target: spec.pane.id, reaches: false, says: `split it${commandOf(spec)}`, folder }); // prettier-ignore
      const made = await tmux.splitPane(spec);
      await created(made.server, [toCreated(made)], tmux.list);
      return made;
    },
  };
}

function arranging(tmux: Tmux, check: Check): Arranging {
  const rename = (target: string, name: string): Promise<void> =>
    check({ deed: 'arrange', target, reaches: false, says: `rename it to ${quoted(name)}` });
  const end = (target: string): Promise<void> =>
    check({ deed: 'destroy', target, reaches: true, says: 'end it with all that runs in it' });
  return {
    renameSession: async (id, name) => {
      await rename(id, name);
      return tmux.renameSession(id, name);
    },
    renameWindow: async (id, name) => {
      await rename(id, name);
      return tmux.renameWindow(id, name);
    },
    killSession: async (id) => {
      await end(id);
      return tmux.killSession(id);
    },
    killWindow: async (id) => {
      await end(id);
      return tmux.killWindow(id);
    },
    killPane: async (id) => {
      await end(id);
      return tmux.killPane(id);
    },
  };
}

function guardJobs(
  jobs: Jobs,
  gate: Gate,
  {
    check,
    begin,
    listing,
  }: { readonly check: Check; readonly begin: () => void; readonly listing: () => Promise<Listing> },
): Jobs {
  const place = (id: JobId) => (): ReturnType<Jobs['placeOf']> => jobs.placeOf(id);
  return {
    run: async (target, command, wait) => {
      await check({ deed: 'input', target: target.pane, reaches: true, says: `run ${quoted(command)}` });
      return jobs.run(target, command, wait);
    },
    start: async (target, command, wait) => {
      await check({ deed: 'input', target: target.pane, reaches: true, says: `run ${quoted(command)}` });
      return jobs.start(target, command, wait);
    },
    get: async (id, wait, since) => {
      await gate.job('look', place(id), listing);
      return jobs.get(id, wait, since);
    },
    // It stops what a call of ours has started: whose it is matters, and nothing else.
    cancel: async (id, signal) => {
      await gate.job('stop', place(id), listing);
      begin();
      return jobs.cancel(id, signal);
    },
    placeOf: (id) => jobs.placeOf(id),
    lastOf: async (pane) => {
      await gate.look(pane.id, listing);
      return jobs.lastOf(pane);
    },
    close: () => jobs.close(),
  };
}

/**
 * The port to tmux as one call has it: each change passes the gate before it is sent. Every method is named here, so one
 * that is added to the port has to be told apart before the program compiles. A call mostly lists before it changes
 * something; the gate looks at that listing, and asks tmux for none of its own.
 * @param begin said when a change may go on; throws when the call is over
 */
export function guardTmux(tmux: Tmux, gate: Gate, begin: () => void = () => undefined): Tmux {
  let seen: Listing | undefined;
  const list = async (): Promise<Listing> => (seen = await gate.narrow(await tmux.list()));
  const listing = async (): Promise<Listing> => seen ?? list();
  const check: Check = async (act) => {
    await gate.check(act, listing);
    begin();
  };
  return {
    list,
    capture: async (id, options) => {
      await gate.look(id, listing);
      return tmux.capture(id, options);
    },
    lastLines: async (id, count) => {
      await gate.look(id, listing);
      return tmux.lastLines(id, count);
    },
    waitForOutput: async (wait) => {
      await gate.look(wait.pane, listing);
      return tmux.waitForOutput(wait);
    },
    status: tmux.status,
    endingBy: (end) => guardTmux(tmux.endingBy(end), gate, begin),
    close: tmux.close,
    ...creating(tmux, check, gate.created),
    ...arranging(tmux, check),
    showAgent: async (pane, marks) => {
      const name = marks === undefined ? 'nobody' : quoted(marks.name);
      const says = `take it over as the agent ${name}: from then on write to it and end it without asking again`;
      await check({ deed: 'destroy', target: pane, reaches: true, says, isForOnce: true });
      return tmux.showAgent(pane, marks);
    },
    // Of our own looks at agents, which are no call.
    showStates: () => Promise.reject(new OrcError('DENIED', 'No call shows what agents do.')),
    send: async (pane, given) => {
      // Before the question: nobody is asked about text that is refused anyway.
      const input = heldText(gate.messages(), pane, given);
      await check({ deed: 'input', target: pane.id, reaches: true, says: inputOf(input) });
      return tmux.send(pane, input);
    },
    jobs: guardJobs(tmux.jobs, gate, { check, begin, listing }),
  };
}
