import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { BUNDLE_FILES } from '../log/bundle.ts'
import { openCheckpoint } from '../log/checkpoint.ts'
import { parseVerifierKey } from '../log/key.ts'
import { allTiles, type Tile, tilePath } from '../log/tile.ts'
import { createBundle } from './bundle-files.ts'
import { CannotJudge } from './cannot-judge.ts'
import type { GateClient } from './gate-client.ts'
import type { Terminal } from './terminal.ts'
import { plural } from './text-report.ts'
import { filterParameters, type TrailFilterFlags } from './trail-filter.ts'

/** Requests under way at once. */
const AT_ONCE = 8

/**
 * Writes a bundle for `verify`: the newest checkpoint, its tiles and entries, the records behind them.
 *
 * @param target A new folder, or a new file ending in `.tar`.
 * @returns What was written, in a sentence.
 * @throws {CannotJudge}
 */
export async function exportBundleTo(
  target: string,
  { cosigned, previous }: { cosigned: boolean; previous?: string },
  gate: GateClient,
): Promise<string> {
  const earlier = previous === undefined ? undefined : await readOr(previous)
  const checkpoint = await (await gate.get(`/v1/log/checkpoint${cosigned ? '?cosigned' : ''}`)).text()
  const keys = (await (await gate.get('/v1/log/vkey')).text()).split('\n').filter((line) => line !== '')
  const found = keys.flatMap((text) => {
    const key = parseVerifierKey(text)
    const opened = key && openCheckpoint(Buffer.from(checkpoint), [key])
    return opened?.ok ? [{ text, ...opened.checkpoint }] : []
  })
  const [head] = found
  if (!head) throw new CannotJudge("The gate's checkpoint is not signed by the keys it names.")

  const bundle = await createBundle(target)
  await bundle.write(BUNDLE_FILES.checkpoint, Buffer.from(checkpoint))
  await bundle.write(BUNDLE_FILES.verifierKey, Buffer.from(`${head.text}\n`))
  if (earlier) await bundle.write(BUNDLE_FILES.previous, earlier)
  const tiles = [...allTiles(head.size)]
  await eachInOrder(
    tiles,
    async (tile) => bytesOf(await gate.get(`/v1/log/${tilePath(tile)}`)),
    (bytes, tile) => bundle.write(tilePath(tile), bytes),
  )
  const records: Uint8Array[] = []
  await eachInOrder(
    tiles.filter(({ level }) => level === 'entries'),
    async (tile) => bytesOf(await gate.get(`/v1/log/${recordsPath(tile)}`)),
    async (bytes) => void records.push(bytes),
  )
  await bundle.write(BUNDLE_FILES.records, Buffer.concat(records))
  await bundle.close()
  return `${target}: ${head.origin}, ${plural(head.size, 'leaf', 'leaves')}`
}

function recordsPath(tile: Tile): string {
  return tilePath(tile).replace('tile/entries/', 'records/')
}

/** Fetches several at once and takes them in their order. */
async function eachInOrder<Of>(
  all: readonly Of[],
  fetchOne: (one: Of) => Promise<Uint8Array>,
  take: (bytes: Uint8Array, one: Of) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const some = all.slice(at, at + AT_ONCE)
    const fetched = await Promise.all(some.map(async (one) => ({ one, bytes: await fetchOne(one) })))
    for (const { one, bytes } of fetched) await take(bytes, one)
  }
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer())
}

async function readOr(file: string): Promise<Uint8Array> {
  return readFile(file).catch(({ code }: NodeJS.ErrnoException) => {
    throw new CannotJudge(`${file}: It can't be read: ${code}.`)
  })
}

const End = z.object({ count: z.number(), sha256: z.string(), next: z.optional(z.string()) })

/**
 * Writes requests as JSON Lines, CSV or OCSF to the standard output, all parts of the export as one. Each part is held
 * against its last line, which is not written: a listing that was cut off does not pass for a whole one.
 *
 * @returns How many requests there were.
 * @throws {CannotJudge}
 */
export async function exportRequests(
  { format, ...filter }: TrailFilterFlags & { format: 'jsonl' | 'csv' | 'ocsf' },
  gate: GateClient,
  { out }: Pick<Terminal, 'out'>,
): Promise<number> {
  const parameters = filterParameters(filter)
  parameters.set('format', format)
  let count = 0
  for (;;) {
    // Every part of a CSV begins with the header.
    let skips = format === 'csv' && parameters.has('cursor')
    const part = await exportPart(await gate.get(`/v1/trail?${parameters}`), format, async (lines) => {
      const text = skips ? lines.slice(lines.indexOf('\n') + 1) : lines
      skips = false
      await out(text)
    })
    count += part.count
    if (part.next === undefined) return count
    parameters.set('cursor', part.next)
  }
}

/** Passes on all whole lines but the last. */
async function exportPart(
  response: Response,
  format: 'jsonl' | 'csv' | 'ocsf',
  take: (lines: string) => Promise<void>,
): Promise<z.infer<typeof End>> {
  const hash = createHash('sha256')
  let rest = ''
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      rest += chunk
      // The last line may be the end: it is held back until another one follows.
      const end = rest.lastIndexOf('\n', rest.length - 2)
      if (end < 0) continue
      const lines = rest.slice(0, end + 1)
      rest = rest.slice(end + 1)
      hash.update(lines)
      await take(lines)
    }
  } catch (cause) {
    throw new CannotJudge('The export was cut off: the connection ended.', { cause })
  }
  const end = readEnd(rest, format)
  if (!end || end.sha256 !== hash.digest('hex'))
    throw new CannotJudge('The export was cut off, or is not what was sent.')
  return end
}

function readEnd(line: string, format: 'jsonl' | 'csv' | 'ocsf'): z.infer<typeof End> | undefined {
  if (format === 'csv') {
    const [mark, count, sha256, next] = line.split(',')
    const end = End.safeParse({ count: Number(count), sha256, ...(next && { next }) })
    return mark === '#end' && end.success ? end.data : undefined
  }
  try {
    const parsed = z.object({ end: End }).safeParse(JSON.parse(line))
    return parsed.success ? parsed.data.end : undefined
  } catch {
    return undefined
  }
}
