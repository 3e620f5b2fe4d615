import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleFunction, unwantedInputs, zipFunction } from '../../scripts/bundle.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
})
afterAll(() => rm(folder, { recursive: true }))

async function bundle(name: string, code: string) {
  const directory = join(folder, name)
  await mkdir(directory, { recursive: true })
  await writeFile(`${directory}.ts`, code)
  return { directory, unwanted: unwantedInputs(await bundleFunction(`${directory}.ts`, directory)) }
}

describe('what a bundle may hold', () => {
  const handler = (imports: string, use: string) => `${imports}; export const handler = async () => ${use}`

  it.each([
    ['the namespace of zod', "import * as z from 'zod'", 'z.string().parse("")', []],
    ["zod's z, with all its locales", "import { z } from 'zod'", 'z.string().parse("")', ['zod/v4/locales/']],
    ['a type of yaml alone', "import type { Document } from 'yaml'", '({} as Document)', []],
    ['yaml', "import { parse } from 'yaml'", 'parse("")', ['yaml/']],
    ['dynalite', "import dynalite from 'dynalite'", 'dynalite()', ['dynalite/']],
    ['the server of the local system', "import { serve } from '@hono/node-server'", 'serve', ['@hono/node-server/']],
  ])('%s', async (it, imports, use, packages) => {
    const { unwanted } = await bundle(it.replaceAll(/\W/g, '-'), handler(imports, use))
    expect([...new Set(packages.filter((prefix) => unwanted.some((path) => path.startsWith(prefix))))]).toEqual(
      packages,
    )
    expect(unwanted.length > 0).toBe(packages.length > 0)
  })
})

describe('zipFunction()', () => {
  it('gives the same bytes for the same files, whenever and wherever', async () => {
    const { directory } = await bundle('stable', 'export const handler = async () => 1')
    const digests = new Set<string>()
    for (const zone of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
      vi.stubEnv('TZ', zone)
      await writeFile(join(directory, 'policy.json'), '{}')
      await zipFunction(directory, `${directory}.zip`)
      digests.add(
        createHash('sha256')
          .update(await readFile(`${directory}.zip`))
          .digest('hex'),
      )
    }
    vi.unstubAllEnvs()
    expect(digests.size).toBe(1)
  })

  it('ships the code and the policy, not the source map', async () => {
    const { directory } = await bundle('shipped', 'export const handler = async () => 1')
    await writeFile(join(directory, 'policy.json'), '{}')
    await zipFunction(directory, `${directory}.zip`)
    const archive = await readFile(`${directory}.zip`, 'latin1') // names stand in it uncompressed
    expect(archive).toContain('index.mjs')
    expect(archive).toContain('policy.json')
    expect(archive).not.toContain('index.mjs.map')
  })
})
