/**
 * Which tests are run against a break in which files. A file belongs to the first group that has its path; tests are
 * files, or folders with all that is below them.
 */
export const GROUPS = [
  { name: 'patterns', files: 'lib/policy/patterns/', tests: ['test/policy/patterns/'] },
  { name: 'templates', files: 'lib/policy/values/template/', tests: ['test/policy/values/template/'] },
  { name: 'values', files: 'lib/policy/values/', tests: ['test/policy/values/', 'test/decision/'] },
  {
    name: 'decisions',
    files: 'lib/decision/',
    tests: ['test/decision/', 'test/policy/claims-of-services.test.ts', 'test/policy/methods.test.ts'],
  },
]

/** Tests that have nothing to say about a break: they compile `lib/` with TypeScript, in a process of their own. */
export const LEFT_OUT = ['what is added and judged by nobody']
