/**
 * Writes `schemas/`: `*.schema.json`, which editors check policy documents against, and `openapi.json`, which the gate
 * serves. They are committed, so that an editor needs nothing installed and no request waits for zod; tests fail where
 * they are older than the schemas in `lib/policy` and `lib/gate`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { openApiDocument } from '../lib/gate/openapi-document.ts'
import { jsonSchemas } from '../lib/policy/document/json-schema.ts'

const folder = new URL('../schemas/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries({ ...jsonSchemas(), 'openapi.json': openApiDocument() })) {
  writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`)
}
