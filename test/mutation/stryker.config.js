import { fileURLToPath } from 'node:url'

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'lib/policy/patterns/**/*.ts',
    'lib/policy/values/**/*.ts',
    'lib/decision/{compile,rules}/*.ts',
    'lib/decision/{decide,exceptions,judged,modes,team}.ts',
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
