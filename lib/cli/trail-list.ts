import * as z from 'zod/mini'
import { CannotJudge } from './cannot-judge.ts'
import type { GateClient } from './gate-client.ts'
import { paintFor } from './paint.ts'
import type { Terminal } from './terminal.ts'
import { filterParameters, type TrailFilterFlags } from './trail-filter.ts'
import { requestLine, ShownRequest } from './trail-line.ts'

const Page = z.object({
  entries: z.array(ShownRequest),
  next: z.optional(z.string()),
  searchedTo: z.optional(z.string()),
})

const MOST_A_PAGE = 200

/**
 * Lists requests, newest first, page after page until there are enough.
 *
 * @throws {CannotJudge}
 */
export async function trailList(
  flags: TrailFilterFlags & { limit: number; json: boolean },
  gate: GateClient,
  terminal: Pick<Terminal, 'out' | 'isColoured'>,
): Promise<void> {
  const { limit, json, ...filter } = flags
  const paint = paintFor(terminal.isColoured)
  const parameters = filterParameters(filter)
  for (let left = limit; left > 0; ) {
    parameters.set('limit', String(Math.min(left, MOST_A_PAGE)))
    const response = await gate.get(`/v1/trail?${parameters}`)
    const page = Page.safeParse(await response.json().catch(() => undefined))
    if (!page.success) throw new CannotJudge('What answers is no Sallyport gate.')
    const { entries, next } = page.data
    const lines = entries.map((entry) => (json ? `${JSON.stringify(entry)}\n` : requestLine(entry, paint)))
    await terminal.out(lines.join(''))
    left -= entries.length
    if (next === undefined) return
    parameters.set('cursor', next)
  }
}
