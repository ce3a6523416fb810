import { agentControlOperations } from './agent-control.js';
import { agentInboxOperations } from './agent-inbox.js';
import { agentLifeOperations } from './agent-life.js';
import { agentMessageOperations } from './agent-messages.js';
import { agentWaitOperations } from './agent-wait.js';
import { agentReadOperations } from './agent-read.js';
import { agentOperations } from './agents.js';
import type { Operation } from './define-operation.js';
import { jobOperations } from './jobs.js';
import { outputOperations } from './output.js';
import { paneOperations } from './panes.js';
import { searchPanes } from './search-panes.js';
import { securityOperations } from './security.js';
import { sessionOperations } from './sessions.js';
import { statusOperations } from './status.js';
import { windowOperations } from './windows.js';

/** Every operation there is, in the order of the reference. */
export const operations: readonly Operation[] = [
  ...sessionOperations,
  ...windowOperations,
  ...paneOperations,
  ...jobOperations,
  ...outputOperations,
  searchPanes,
  ...agentOperations,
  ...agentLifeOperations,
  ...agentMessageOperations,
  ...agentInboxOperations,
  ...agentWaitOperations,
  ...agentReadOperations,
  ...agentControlOperations,
  ...statusOperations,
  ...securityOperations,
];
