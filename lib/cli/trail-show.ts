import * as z from 'zod/mini'
import { CannotJudge } from './cannot-judge.ts'
import type { GateClient } from './gate-client.ts'
import { paintFor } from './paint.ts'
import type { Terminal } from './terminal.ts'
import { requestLine, ShownRequest } from './trail-line.ts'

const Story = z.extend(ShownRequest, {
  records: z.array(
    z.looseObject({ kind: z.string(), commit: z.string(), sealed: z.boolean(), leaf: z.optional(z.number()) }),
  ),
})

/**
 * Shows one request's whole story, or prints the proof of one of its records as it is.
 *
 * @throws {CannotJudge}
 */
export async function trailShow(
  id: string,
  { json, proof }: { json: boolean; proof?: string },
  gate: GateClient,
  terminal: Pick<Terminal, 'out' | 'isColoured'>,
): Promise<void> {
  const path = `/v1/trail/${encodeURIComponent(id)}`
  if (proof !== undefined) {
    const response = await gate.get(`${path}/proof?${new URLSearchParams({ kind: proof })}`)
    return terminal.out(await response.text())
  }
  const response = await gate.get(path)
  const story = Story.safeParse(await response.json().catch(() => undefined))
  if (!story.success) throw new CannotJudge('What answers is no Sallyport gate.')
  if (json) return terminal.out(`${JSON.stringify(story.data)}\n`)
  await terminal.out(requestLine(story.data, paintFor(terminal.isColoured)))
  for (const { kind, commit, sealed, leaf, ...record } of story.data.records) {
    const place = sealed ? `leaf ${leaf}` : 'not sealed yet'
    // JSON escapes what would act on a terminal, but for marks that turn a text around.
    const text = JSON.stringify(record, null, 2).replace(
      /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
      '\ufffd',
    )
    await terminal.out(`\n${kind}  ${place}  commit ${commit}\n${text}\n`)
  }
}
