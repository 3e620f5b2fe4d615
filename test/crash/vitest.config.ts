import { defineConfig } from 'vitest/config'

/** The crash matrix: minutes of processes that start and die. */
export default defineConfig({
  test: {
    include: ['test/crash/*.crash.ts'],
    reporters: ['verbose', './test/plain-reporter.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
