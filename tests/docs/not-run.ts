/**
 * Blocks that cannot run in a test, by their exact text. Whoever changes one decides here again; one that is in no
 * document any more has to go.
 */
export const NOT_RUN: readonly string[] = [
  // Needs a network, and is tested as tests/e2e/demo.test.ts and tests/unit/scripts/bootstrap.test.ts.
  `git clone URL tmux-orchestrator && cd tmux-orchestrator
npm run demo`,
  // This is that command.
  `npm test`,
  // Needs a person at a terminal, and is tested on one in tests/e2e/config.test.ts.
  `tmux-orc config trust            # shows what the file would set, and asks
tmux-orc config trust --revoke`,
  // Needs a call that waits and a person at a terminal, and is tested with both in tests/e2e/confirm.test.ts.
  `tmux-orc security approvals            # what waits for an answer
tmux-orc approve ID                    # this call, once
tmux-orc approve ID --for pane         # such calls of this host in this pane, for 60 minutes
tmux-orc approve ID --for session      # the same for the whole session
tmux-orc deny ID`,
  // Needs a person at a terminal, and is tested on one in tests/e2e/trust.test.ts.
  `tmux-orc security trust list
tmux-orc security trust grant host:claude-code --for 8h
tmux-orc security trust grant host:claude-code --operations run_command,send_keys
tmux-orc security trust revoke host:claude-code    # it only reads, until it gets a grant
tmux-orc security trust reset host:claude-code     # the default holds again`,
  // Starts tmux itself, on the server of whoever runs the tests; tested in tests/e2e/confirm.test.ts.
  `tmux new-session -d -s yours
tmux-orc session kill yours --yes`,
  // Needs a backup with something in it; tested in tests/e2e/state.test.ts.
  `tmux-orc state restore "$HOME/orc-backup" --yes`,
  // Needs a job that runs; cancelled in a lockdown in tests/e2e/security.test.ts.
  `tmux-orc pane cancel JOB_ID`,
  // Needs a terminal; tested in tests/e2e/attach.test.ts.
  `tmux-orc attach work`,
  // Asks at a terminal; both are tested on one in tests/e2e/trust.test.ts.
  `tmux-orc security contain host:claude --for 1h
tmux-orc security trust revoke host:claude`,
  // Asks at a terminal; tested on one in tests/e2e/security.test.ts.
  `tmux-orc security unlock`,
  // Screens for a person, tested in a terminal in tests/e2e/watch.test.ts and attach.test.ts.
  `tmux-orc watch                # every pane, live, on one screen
tmux-orc watch work log       # only these sessions, windows or panes
tmux-orc attach work:log      # give this terminal to tmux, at this pane; Ctrl-b d comes back`,
  // Need a host: all three are run in tests/lab/hosts.test.ts, and the server is started by a test of its own.
  `claude mcp add tmux-orc -- node /path/to/tmux-orchestrator/bin/tmux-orc.js serve`,
  `codex mcp add tmux-orc -- node /path/to/tmux-orchestrator/bin/tmux-orc.js serve`,
  `gemini mcp add --scope user tmux-orc node /path/to/tmux-orchestrator/bin/tmux-orc.js serve`,
  // Codex is given these words in tests/lab/hosts.test.ts.
  `[mcp_servers.tmux-orc]
env_vars = ["TMUX", "TMUX_PANE", "TMUX_TMPDIR"]
default_tools_approval_mode = "approve"`,
  `npm test                # all tests, on the real tmux with private sockets
npm run test:security   # only those of tests/security: seconds
npm run check           # types, lint, format, layers, unused code, reference, build, package
npm run reference       # writes docs/reference from the definitions
npm run test:nodes      # all tests under Node 22 and under Node 24`,
];
