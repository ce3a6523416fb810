import * as z from 'zod';

/** Fields that several operations share: one wording, one bound. */
export const fields = {
  target: z
    .string()
    .describe(
      'Pane, window or session: an id (%3, @2, $1) or session, session:window, session:window.pane; a window or session means its active pane',
    ),
  session: z.string().describe('Session: an id ($1) or its exact name'),
  window: z.string().describe('Window: an id (@2) or session:window with its index or exact name'),
  cwd: z.string().optional().describe('Working directory, absolute; default: the folder of the session'),
  command: z
    .array(z.string())
    .min(1)
    .max(1000)
    .optional()
    .describe(
      "Program and arguments, run as they are without a shell; default: the user's shell. The pane stays when it ends",
    ),
  env: z.record(z.string(), z.string()).optional().describe('Further environment variables, name to value'),
  limit: z.int().min(1).max(500).default(100).describe('Most entries in one answer'),
  cursor: z.string().max(4096).optional().describe('Where the last answer stopped: its next_cursor'),
} as const;

export const outputs = {
  session: z.object({ id: z.string(), name: z.string() }),
  window: z.object({ id: z.string(), index: z.int(), name: z.string() }),
  pane: z.object({ id: z.string() }),
} as const;
