// Stands in for an agent CLI: shows the screens of the files that it is given, the next one at each SIGUSR2.
import { readFileSync } from 'node:fs';
import process from 'node:process';

const screens = process.argv.slice(2).map((path) => readFileSync(path));
let shown = 0;
const draw = () => process.stdout.write(screens[shown++ % screens.length]);
process.on('SIGUSR2', draw);
draw();
// Waits for keys, as a CLI does, and takes no notice of them.
process.stdin.resume();
