import * as z from 'zod/mini'
import { visible } from '../trail/visible.ts'
import { type Paint, paintFor } from './paint.ts'

/** What is shown of a request, as the gate gives it. */
export const ShownRequest = z.looseObject({
  id: z.string(),
  at: z.string(),
  status: z.string(),
  action: z.optional(z.string()),
  team: z.optional(z.string()),
  actor: z.optional(z.looseObject({ sub: z.string() })),
  target: z.optional(
    z.looseObject({
      restApiId: z.optional(z.string()),
      resourceId: z.optional(z.string()),
      httpMethod: z.optional(z.string()),
      path: z.optional(z.string()),
    }),
  ),
  reasons: z.optional(z.array(z.looseObject({ rule: z.string(), message: z.optional(z.string()) }))),
  refusal: z.optional(z.looseObject({ reason: z.string() })),
  sealed: z.optional(z.boolean()),
})
export type ShownRequest = z.infer<typeof ShownRequest>

/** A request on one line for a person; `·` marks one that the log does not have yet. */
export function requestLine(request: ShownRequest, paint: Paint = paintFor(false)): string {
  const { id, at, status, action, team, actor, target, reasons, refusal, sealed } = request
  const place = [target?.restApiId, target?.resourceId, target?.httpMethod].filter((part) => part !== undefined)
  const why = refusal?.reason ?? reasons?.map(({ rule }) => rule).join(' ')
  const words = [
    at,
    id,
    paint(status.padEnd(9), ...colourOf(status)),
    action ?? '-',
    team ?? '-',
    actor?.sub ?? '-',
    place.join('/') || (target?.path ?? '-'),
    ...(why ? [why] : []),
    ...(sealed === false ? ['·'] : []),
  ]
  return `${words.map((word, index) => (index === 2 ? word : visible(word))).join('  ')}\n`
}

function colourOf(status: string): ('red' | 'yellow' | 'green')[] {
  if (status === 'denied' || status === 'refused') return ['red']
  if (status === 'succeeded' || status === 'applied') return ['green']
  return status === 'read' || status === 'aggregate' ? [] : ['yellow']
}
