import { afterAll, beforeAll } from 'vitest';
import { type Host, legacyHost } from './program.js';
import { createWorld, type World } from './world.js';

interface Hosted {
  readonly world: World;
  readonly host: Host;
}

/** A world with a host of its own, for the tests of a file or a block; both are there once those begin. */
export function hosted(create: () => World = createWorld): Hosted {
  let made: Hosted | undefined;
  const get = (): Hosted => {
    if (made === undefined) throw new Error('the tests have not begun');
    return made;
  };
  beforeAll(async () => {
    const world = create();
    made = { world, host: await legacyHost(world) };
  });
  afterAll(async () => {
    await made?.host.close();
    await made?.world.close();
  });
  return {
    get world() {
      return get().world;
    },
    get host() {
      return get().host;
    },
  };
}
