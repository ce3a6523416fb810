import { describe, expect, it } from 'vitest';
import { isShell } from '../../../../src/security/text/shells.js';

describe('isShell', () => {
  it.each(['bash', '-zsh', '/bin/dash', 'mksh', 'csh', '/usr/bin/fish', 'nu'])('takes %s for a shell', (program) => {
    expect(isShell(program)).toBe(true);
  });

  it.each(['', 'node', 'bashful', '/bin/bash/', '/opt/sh/tool', 'git-shell'])('takes "%s" for none', (program) => {
    expect(isShell(program)).toBe(false);
  });
});
