import { defineConfig } from 'vitest/config'

/** The tests that mutants are run against. */
export default defineConfig({
  test: {
    include: ['test/mutation/suite.ts'],
    setupFiles: ['test/mutation/fewer-runs.ts'],
    testTimeout: 20_000,
  },
})
