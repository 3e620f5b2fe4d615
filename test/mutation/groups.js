/**
 * Which tests are run against a break in which files. A file belongs to the first group that has its path; tests are
 * files, or folders with all that is below them. `sharing`: tests share what one of them computes, a policy for
 * instance, so that the first run can't tell all that a test reaches: each test is tried.
 */
export const GROUPS = [
  { name: 'patterns', files: 'lib/policy/patterns/', tests: ['test/policy/patterns/'] },
  { name: 'templates', files: 'lib/policy/values/template/', tests: ['test/policy/values/template/'] },
  { name: 'values', files: 'lib/policy/values/', tests: ['test/policy/values/', 'test/decision/'], sharing: true },
  {
    name: 'decisions',
    files: 'lib/decision/',
    tests: ['test/decision/', 'test/policy/claims-of-services.test.ts', 'test/policy/methods.test.ts'],
    sharing: true,
  },
]

/** Tests that have nothing to say about a break: they compile `lib/` with TypeScript, in a process of their own. */
export const LEFT_OUT = ['what is added and judged by nobody']

/** Tests whose properties count what happened, by part of the file or title: these have all their runs. */
export const ALL_RUNS = [
  'test/policy/values/template/run.property.test.ts',
  'lets a deny bite on whatever can become what it denies',
]
