import { expect, it } from 'vitest';
import { secretValues } from '../../../../src/security/text/known-secrets.js';

it('takes the values of variables whose names look secret, the longest first', () => {
  const env = {
    GITHUB_TOKEN: 'value-one',
    db_password: 'value-number-two',
    AWS_SECRET_ACCESS_KEY: 'value-three-a',
    npm_config__authToken: 'value-four',
    MY_API_KEY: 'value-five',
    SESSION_COOKIE: 'value-six',
    AGAIN_TOKEN: 'value-one',
  };
  expect(secretValues(env)).toEqual([
    ...['value-number-two', 'value-three-a', 'value-four', 'value-five', 'value-one', 'value-six'],
  ]);
});

it.each([
  ['PATH', '/usr/bin:/bin'],
  ['PWD', '/home/me/project'],
  ['OLDPWD', '/home/me/project'],
  ['SSH_AUTH_SOCK', '/run/user/1000/agent'],
  ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/token-file'],
  ['SSH_KEY', '/home/me/.ssh/id_ed25519'],
  ['KEYBOARD_LAYOUT', 'de-latin1-nodeadkeys'],
  ['MONKEY', 'a-long-value'],
  ['GPG_KEY', 'E3FF2839C048B25C084DEBE9B26995E310250568'],
  ['TOKEN', 'short'],
  ['TOKEN', ''],
  ['USE_AUTH', 'disabled'],
  ['TMUX_ORC_SECURITY_RATE_LIMIT_PER_KEY', '{"max_requests":10}'],
  ['TOKEN', undefined],
])('leaves %s=%s', (name, value) => {
  expect(secretValues({ [name]: value })).toEqual([]);
});
