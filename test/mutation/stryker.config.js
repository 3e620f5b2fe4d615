import { fileURLToPath } from 'node:url'

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'lib/policy/patterns/**/*.ts',
    'lib/policy/values/**/*.ts',
    'lib/decision/{compile,rules}/**/*.ts',
    'lib/decision/{decide,excepted,exceptions,judged,modes,team,widened}.ts',
  ],
  testRunner: 'one-process',
  coverageAnalysis: 'perTest',
  plugins: ['./one-process-runner.js', './wording-ignorer.js'].map((plugin) =>
    fileURLToPath(import.meta.resolve(plugin)),
  ),
  ignorers: ['wording'],
  concurrency: 1,
  // Generous: on a busy machine a slow test is no endless one. Most endless loops are noticed by their count of hits.
  timeoutMS: 8000,
  tempDirName: 'reports/mutation/sandbox',
  // No tsconfig.json: Stryker would rewrite it with functions that TypeScript 7 doesn't have, and no test needs it.
  ignorePatterns: [
    '**',
    '!package.json',
    '!lib/**',
    '!examples/**',
    '!docs/**',
    '!schemas/**',
    '!test/**',
    'test/**/node_modules',
  ],
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: false },
}
