import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dynamodbClient, dynamodbStore } from '../../lib/aws/dynamodb-store.ts'
import { ensureTable } from '../../lib/aws/dynamodb-table.ts'
import { type EmbeddedTable, openTable } from '../../lib/embedded/table.ts'

let home: string
let children: ChildProcess[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-table-'))
})

afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  children = []
  await rm(home, { recursive: true })
})

async function storeOn({ endpoint }: EmbeddedTable) {
  const client = dynamodbClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  await ensureTable(client, 'sallyport')
  return dynamodbStore({ client, table: 'sallyport', tryMs: 5_000 })
}

/** Opens the table in a process of its own; resolves with its first line. */
async function inAnotherProcess(): Promise<{ child: ChildProcess; line: string }> {
  const script = `
    import { openTable } from ${JSON.stringify(join(import.meta.dirname, '../../lib/embedded/table.ts'))}
    try { await openTable(${JSON.stringify(home)}); console.log('open') }
    catch (error) { console.log(error.name + ': ' + error.message) }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [data] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, line: data.toString().trim() }
}

describe('openTable()', () => {
  it('keeps what was written, from one start to the next', async () => {
    const first = await openTable(home)
    expect(first.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await (await storeOn(first)).create({ pk: 'a', sk: 'b', kept: true })
    await first.close()
    const second = await openTable(home)
    expect(await (await storeOn(second)).read('a', 'b')).toEqual({ pk: 'a', sk: 'b', kept: true })
    await second.close()
  })

  it('refuses a folder that this process has open, and leaves the first one working', async () => {
    const table = await openTable(home)
    await expect(openTable(home)).rejects.toMatchObject({ name: 'FolderInUse' })
    await expect(openTable(join(home, '..', home.split('/').at(-1) ?? ''))).rejects.toMatchObject({
      name: 'FolderInUse',
    })
    await (await storeOn(table)).create({ pk: 'a', sk: 'b' })
    expect((await inAnotherProcess()).line).toMatch(/^FolderInUse/)
    await table.close()
  })

  it('says which process has the folder open, and takes it over once that is dead', async () => {
    const { child, line } = await inAnotherProcess()
    expect(line).toBe('open')
    await expect(openTable(home)).rejects.toThrow(`is in use by process ${child.pid}. Stop it, or set SALLYPORT_HOME`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const table = await openTable(home)
    await (await storeOn(table)).create({ pk: 'a', sk: 'b' })
    await table.close()
  })
})
