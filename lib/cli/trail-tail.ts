import { setTimeout as sleep } from 'node:timers/promises'
import { type GateClient, GateRefused } from './gate-client.ts'
import { paintFor } from './paint.ts'
import type { Terminal } from './terminal.ts'
import { filterParameters, type TrailFilterFlags } from './trail-filter.ts'
import { requestLine, ShownRequest } from './trail-line.ts'

/** A request that came again is told by its id and status; this many are remembered. */
const REMEMBERED = 4_096
const COME_AGAIN_MS = 1_000

/**
 * Prints requests as they are recorded, until `signal`. Goes on where it was when the connection ends.
 *
 * @throws {CannotJudge} where the gate refuses, or can't be reached at the start.
 */
export async function trailTail(
  flags: Omit<TrailFilterFlags, 'from' | 'to'> & { json: boolean },
  gate: GateClient,
  terminal: Pick<Terminal, 'out' | 'err' | 'isColoured'>,
  signal: AbortSignal,
): Promise<void> {
  const { json, ...filter } = flags
  const paint = paintFor(terminal.isColoured)
  const shown = new Set<string>()
  let last: string | undefined
  let hasBegun = false
  while (!signal.aborted) {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': last }
      const response = await gate.get(`/v1/trail/follow?${filterParameters(filter)}`, { headers, signal })
      hasBegun = true
      for await (const { event, id, data } of serverSentEvents(response)) {
        last = id ?? last
        if (event === 'gap') terminal.err(`Too much to follow; list what is missing: ${data}`)
        const request = event === 'request' ? ShownRequest.safeParse(JSON.parse(data)) : undefined
        if (!request?.success) continue
        const key = `${request.data.id} ${request.data.status}`
        if (shown.has(key)) continue
        shown.add(key)
        const [oldest] = shown
        if (oldest !== undefined && shown.size > REMEMBERED) shown.delete(oldest)
        await terminal.out(json ? `${data}\n` : requestLine(request.data, paint))
      }
    } catch (error) {
      if (signal.aborted) return
      const isRefused = error instanceof GateRefused && error.status < 500
      if (!hasBegun || isRefused) throw error
    }
    await sleep(COME_AGAIN_MS, undefined, { signal }).catch(() => {})
  }
}

interface ServerSentEvent {
  event: string
  data: string
  id?: string
}

/** The events of a stream that have data (HTML, server-sent events). */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  if (!response.body) return
  let rest = ''
  let event = ''
  let id: string | undefined
  let data: string[] = []
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split(/\r\n|\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') event = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') id = value
      else if (line === '') {
        if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), ...(id !== undefined && { id }) }
        event = ''
        data = []
      }
    }
  }
}
