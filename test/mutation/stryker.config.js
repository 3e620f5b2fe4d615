import { fileURLToPath } from 'node:url'

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'lib/decision/*-pattern.ts',
    'lib/decision/{arn,aws-uri,host-index,http-uri,late-bound,ordinary-uri,uri-hazard,uri-path}.ts',
    'lib/decision/{decide,exceptions,judged,modes,team}.ts',
    'lib/decision/{compile,judge}-*.ts',
    // Tested with the command line and with POST /v1/decisions.
    '!lib/decision/judge-asked.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  // The only analysis that the Vitest runner has.
  coverageAnalysis: 'perTest',
  plugins: ['@stryker-mutator/vitest-runner', './wording-ignorer.js'].map((plugin) =>
    fileURLToPath(import.meta.resolve(plugin)),
  ),
  ignorers: ['wording'],
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  tempDirName: 'reports/mutation/sandbox',
  // No tsconfig.json: Stryker would rewrite it with functions that TypeScript 7 doesn't have, and no test needs it.
  ignorePatterns: [
    '**',
    '!package.json',
    '!lib/**',
    '!examples/**',
    '!test/decision/**',
    '!test/vectors/**',
    '!test/mutation/*',
  ],
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
}
