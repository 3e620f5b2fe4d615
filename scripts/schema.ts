/**
 * Writes `schemas/*.schema.json`, which editors check policy documents against. They are committed, so that an editor
 * needs nothing installed; a test fails where they are older than the schemas in `lib/policy`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { jsonSchemas } from '../lib/policy/json-schema.ts'

const folder = new URL('../schemas/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`)
}
