import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../lib/policy/document/json-schema.ts'

const root = new URL('../../', import.meta.url)

describe('the committed JSON Schemas', () => {
  it.each(Object.entries(jsonSchemas()))('%s is what scripts/schema.ts writes', (name, schema) => {
    expect(JSON.parse(readFileSync(new URL(`schemas/${name}`, root), 'utf8'))).toEqual(schema)
  })

  it.each(['policy.yaml', 'exception.yaml', 'policy.test.yaml'])('examples/%s points at its own', (name) => {
    const text = readFileSync(new URL(`examples/${name}`, root), 'utf8')
    const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? []
    const url = new URL(path, new URL(`examples/${name}`, root))
    expect(existsSync(url)).toBe(true)
    const { properties } = JSON.parse(readFileSync(url, 'utf8'))
    expect(text).toContain(`kind: ${properties.kind.const}\n`)
  })
})
