import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { resolveTeam } from '../decision/team.ts'
import type { Caller } from '../identity/caller.ts'
import { readPointers } from '../log/log-store.ts'
import type { RecordKind } from '../trail/item-key.ts'
import { listTrail } from '../trail/list.ts'
import { isRecordId } from '../trail/record-id.ts'
import { readStory, type Status, type Story, type Summary } from '../trail/story.ts'
import type { Gate, Invocation } from './gate.ts'
import { problem } from './problem.ts'
import { exportFormat, serveExport } from './trail-export.ts'
import { trailFollower } from './trail-follow.ts'
import { MAX_LOOKUP_BODY, serveLookUp } from './trail-lookup.ts'
import { serveProof } from './trail-proof.ts'
import { parseTrailQuery } from './trail-query.ts'
import { instant, principalOf, readsEverything, recordedVisit } from './trail-visit.ts'

/**
 * The trail over HTTP. For auditors and admins: `GET /trail`, newest first, a page at a time or as an export; `GET
 * /trail/follow`, as it is written. For admins: `POST /trail/lookup`, where a hidden value occurs. For them and for the
 * team it was made for: `GET /trail/{id}`, one request's whole story, and `GET /trail/{id}/proof`, that the log has it.
 * Each reading is itself in the trail before it is answered.
 */
export function trailRoutes(gate: Gate, invocationOf: (env: unknown) => Invocation): Hono {
  const routes = new Hono()
  const follow = trailFollower(gate)

  routes.get('/trail', (c) => {
    const format = exportFormat(new URL(c.req.url).searchParams, c.req.header('accept'))
    return recordedVisit(gate, invocationOf(c.env), c, format ? 'ExportTrail' : 'ListTrail', async (visit) => {
      const { id, caller } = visit
      if (!readsEverything(caller)) return problem(id, 'denied', EVERYTHING)
      const parsed = parseTrailQuery(new URL(c.req.url).searchParams)
      if (!parsed.ok) return problem(id, 'invalid-request', parsed.message)
      if (format) return serveExport(gate, visit, parsed.query, format)
      const page = await listTrail(gate.ledger, { ...parsed.query, principal: principalOf(caller) })
      if (!page.ok) return problem(id, 'invalid-request', OTHER_CURSOR)
      return c.json({
        entries: await Promise.all(page.entries.map(async (entry) => ({ ...shown(entry), ...(await sealing(entry)) }))),
        ...(page.next && { next: page.next }),
        ...(page.searchedTo !== undefined && { searchedTo: instant(page.searchedTo) }),
      })
    })
  })

  routes.get('/trail/follow', (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'FollowTrail', async (visit) => {
      if (!readsEverything(visit.caller)) return problem(visit.id, 'denied', EVERYTHING)
      return follow(c, visit)
    }),
  )

  const limit = bodyLimit({
    maxSize: MAX_LOOKUP_BODY,
    onError: () => problem(gate.ledger.newId(), 'too-large', `A look-up has at most ${MAX_LOOKUP_BODY} bytes.`),
  })
  routes.post('/trail/lookup', limit, (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'LookUpValue', async (visit) => {
      if (!visit.caller.roles.has('admin'))
        return problem(visit.id, 'denied', 'Looking up a value takes the role admin.')
      return serveLookUp(gate, visit)
    }),
  )

  routes.get('/trail/:id', (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'ReadTrail', async ({ id, caller }) => {
      const wanted = c.req.param('id')
      const story = isRecordId(wanted) ? await readStory(gate.ledger, wanted) : undefined
      if (!story || !mayRead(story, caller)) return problem(id, 'not-found', NOT_YOURS)
      const leaves = await readPointers(gate.ledger.store, story.id)
      const records = story.records.map((record) => ({ ...record, ...leafOf(leaves.get(record.kind)) }))
      return c.json({ ...shown(story), records })
    }),
  )

  routes.get('/trail/:id/proof', (c) =>
    recordedVisit(gate, invocationOf(c.env), c, 'ReadProof', async ({ id, caller }) => {
      const wanted = c.req.param('id')
      const story = isRecordId(wanted) ? await readStory(gate.ledger, wanted) : undefined
      // Whoever reads everything may have the proof of a record that was erased.
      const isTheirs = readsEverything(caller) ? isRecordId(wanted) : story !== undefined && mayRead(story, caller)
      if (!isTheirs) return problem(id, 'not-found', NOT_YOURS)
      return serveProof(gate, id, { wanted, story, kind: c.req.query('kind') })
    }),
  )

  /**
   * Auditors and admins, and whoever speaks for the team that owned the API then and owns it now. A request on an API
   * that was its team's by tags is that team's: the tags of now are not asked for, since a new tag must neither open the
   * old owner's records to the new one nor cost a call.
   */
  function mayRead(story: Story, caller: Caller): boolean {
    if (readsEverything(caller)) return true
    const { team, target } = story
    const wasByTags = story.records.some((record) => 'ownership' in record && record.ownership !== undefined)
    const restApiId = target?.restApiId ?? (wasByTags ? '' : undefined)
    if (restApiId === undefined || team === undefined) return false
    const policy = gate.policy()
    const owner = resolveTeam(policy, caller.claims, { restApiId })
    if (owner.kind === 'team') return owner.team === team
    const isListed = policy.identities.owners.has(restApiId)
    return wasByTags && !isListed && owner.kind === 'depends-on-tags' && owner.teams.includes(team)
  }

  /** Whether the log has all there is of a request so far. */
  async function sealing({ id, status }: Summary): Promise<{ sealed: boolean }> {
    return { sealed: (await readPointers(gate.ledger.store, id)).has(newestKind(status)) }
  }

  return routes
}

const EVERYTHING = 'Reading the trail takes the role auditor or admin.'
const OTHER_CURSOR = 'This cursor is not from a listing of yours with this filter, or is too old.'
const NOT_YOURS = 'The trail has no such request that you may see.'

/** The kind of a request's last record. */
function newestKind(status: Status): RecordKind {
  switch (status) {
    case 'denied':
    case 'refused':
      return 'D'
    case 'pending':
      return 'I'
    case 'read':
      return 'R'
    case 'aggregate':
      return 'A'
    default:
      return 'O'
  }
}

function leafOf(leaf: number | undefined): { sealed: boolean; leaf?: number } {
  return leaf === undefined ? { sealed: false } : { sealed: true, leaf }
}

function shown<Entry extends Summary>(entry: Entry): Omit<Entry, 'at'> & { at: string } {
  return { ...entry, at: instant(entry.at) }
}
