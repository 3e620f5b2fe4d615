import { defineConfig } from 'vitest/config'

/** Tests of the core and of the application on parts in memory: they share nothing, so they share their workers. */
const IN_MEMORY =
  'test/{apigateway,control-plane,decision,fairness,gate,identity,keeper,log,observe,policy,trail}/**/*.test.ts'

export default defineConfig({
  test: {
    // A property of thousands of runs takes two seconds alone, and many times that on a busy machine.
    testTimeout: 60_000,
    // Half of the time is waiting for other processes: one worker for each processor, rather than one less.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'in memory', include: [IN_MEMORY], isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [IN_MEMORY, 'test/conformance/**', 'test/ric/**', '**/node_modules/**'],
        },
      },
    ],
  },
})
