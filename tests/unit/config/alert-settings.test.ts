import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';

const accepts = (security: object): boolean => configSchema.safeParse({ security }).success;

describe('security.alerts.webhook_url', () => {
  it.each([
    'https://example.org',
    'https://example.org/hook?x=1',
    'https://me:secret@example.org/hook',
    'http://127.0.0.1:8080/hook',
    'http://localhost',
    'http://[::1]:9/x',
  ])('takes %s', (webhook_url) => {
    expect(accepts({ alerts: { webhook_url } })).toBe(true);
  });

  it.each([
    'http://example.org/hook',
    'http://localhost.example.org/',
    'http://localhost@example.org/',
    'http://127.0.0.1:80@example.org/',
    'http://127.0.0.1.example.org/',
    'http://10.0.0.1/',
    'https://',
    'https:///x',
    'https://a b',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    '',
  ])('refuses %s', (webhook_url) => {
    expect(accepts({ alerts: { webhook_url } })).toBe(false);
  });
});

describe('security.anomaly.work_hours', () => {
  it.each(['Mon-Fri 08:00-19:00', '09:00-17:30', 'Mon,Wed,Fri 22:00-06:00', 'Sat-Sun,Wed 00:00-23:59'])(
    'takes %s',
    (work_hours) => {
      expect(accepts({ anomaly: { work_hours } })).toBe(true);
    },
  );

  it.each(['Mon-Fri', '8-19', 'Mon-Fri 24:00-25:00', 'mon 08:00-09:00', 'Mon 08:00 - 09:00', 'Mon- 08:00-09:00', ''])(
    'refuses %j',
    (work_hours) => {
      expect(accepts({ anomaly: { work_hours } })).toBe(false);
    },
  );
});
