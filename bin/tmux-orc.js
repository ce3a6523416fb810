#!/usr/bin/env node
// Plain syntax up to here, so that an old Node can say that it is too old.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
if (!supported) {
  process.stderr.write(`tmux-orc needs Node ^20.19, ^22.13 or >= 24; this is ${process.versions.node}.\n`);
  process.exit(2);
}

let program;
try {
  program = await import('../dist/cli/main.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('tmux-orc is not built yet: run npm run build.\n');
  process.exit(2);
}
// A closed pipe, as in `tmux-orc ... | head`, is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await program.main(process.argv.slice(2));
