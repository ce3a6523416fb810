import type { Listing, PaneRow } from '../../src/tmux/listing.js';
import { parsePaneId, parseSessionId, parseWindowId } from '../../src/kernel/ids.js';

export const SERVER = { pid: 1, startedAt: 5 };

/** A row of a listing, as far as a test tells. */
export const paneRow = (n: number, more: Partial<PaneRow> = {}): PaneRow => ({
  ...{ id: parsePaneId(`%${String(n)}`)!, server: SERVER, index: 0, active: true, pid: 100 + n, dead: false },
  ...{ exitStatus: undefined, width: 80, height: 24, mode: '', inputOff: false, synchronized: false, alternate: false },
  ...{ cursorY: 0, cursorRow: 0, title: '', command: 'bash', cwd: '/', tty: '/dev/pts/1' },
  ...{ agent: undefined, agentRole: undefined, agentEvent: undefined, lastSent: '' },
  ...more,
});

/** Each pane in a window of its own. @param activity seconds since the epoch */
export const listingOf = (panes: readonly PaneRow[], activity = 0): Listing => ({
  sessions: [
    {
      ...{ id: parseSessionId('$1')!, name: 'main', createdAt: 1, cwd: '/', attachedClients: 0 },
      windows: panes.map((pane, index) => ({
        ...{ id: parseWindowId(`@${String(index)}`)!, index, name: 'w', active: index === 0, activity, panes: [pane] },
      })),
    },
  ],
});
