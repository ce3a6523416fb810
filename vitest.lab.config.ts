import { defineConfig } from 'vitest/config';

/** Tests of real agent CLIs; they run inside `npm run lab`, which prepares what they need. */
export default defineConfig({
  test: {
    include: ['tests/lab/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    restoreMocks: true,
  },
});
