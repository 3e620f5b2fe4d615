import { defineConfig } from 'vitest/config'

/** The slow tests: what is shipped, under what it runs on, driven by clients written elsewhere. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts', 'test/ric/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/ric/install.ts'],
    reporters: ['default', './test/plain-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file starts servers and times them: two at once would only slow each other down.
    fileParallelism: false,
  },
})
