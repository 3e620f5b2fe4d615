import { readdirSync } from 'node:fs'

/**
 * Every test of the decision as one file, so that a mutant costs one worker. The properties come last: most mutants
 * fall before.
 */
const folder = new URL('../decision/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts') && name !== 'properties.test.ts')
for (const name of [...names, 'properties.test.ts']) await import(new URL(name, folder).pathname)
