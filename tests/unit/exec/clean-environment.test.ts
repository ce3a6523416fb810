import { expect, it } from 'vitest';
import { ownEnvironment } from '../../../src/exec/clean-environment.js';

it('gives a process of our own our settings and what it needs, and nothing of the place it was started in', () => {
  const source = {
    ...{
      PATH: '/bin',
      HOME: '/home/one',
      XDG_STATE_HOME: '/state',
      TMUX_TMPDIR: '/run',
      LANG: 'C.UTF-8',
      TERM: 'xterm',
    },
    ...{ TMUX_ORC_MONITORING_INTERVAL_MS: '100', NODE_EXTRA_CA_CERTS: '/ca.pem', MODEL_KEY: 'one' },
  };
  const others = {
    ...{ TMUX: '/tmp/tmux-0/default,1,0', TMUX_PANE: '%1', TMUX_ORC_TOKEN: 'agent', OTHER_KEY: 'two' },
    ...{ NODE_OPTIONS: '--inspect', LD_PRELOAD: '/lib.so' },
  };
  expect(ownEnvironment({ ...source, ...others }, ['MODEL_KEY'])).toEqual(source);
});
