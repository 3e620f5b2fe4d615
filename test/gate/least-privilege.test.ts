import { describe, expect, it } from 'vitest'
import { mint, stranger } from '../identity/minting.ts'
import { good, PATH, send, type TestGate, testGate, tokens } from '../support/gate.ts'

const CALLERS = {
  anonymous: undefined,
  forger: mint({ key: stranger, claims: { groups: ['payments-dev', 'sallyport-admins'] } }),
  nobody: tokens.nobody,
  team: tokens.payments,
  'other team': tokens.search,
  author: tokens.author,
  approver: tokens.approver,
  auditor: tokens.auditor,
  admin: tokens.admin,
} as const
type Who = keyof typeof CALLERS

/**
 * One request to every route, and who gets what. Whoever isn't named gets `others`. No role implies another: `author`,
 * `approver`, `auditor` and `admin` make no request for a team that they are not in.
 */
const ROUTES: readonly {
  /** As the application registers it. */
  route: string
  method: string
  path: string | ((gate: TestGate) => Promise<string>)
  body?: unknown
  others: number
  except: Partial<Record<Who, number>>
}[] = [
  { route: 'GET /healthz', method: 'GET', path: '/healthz', others: 200, except: {} },
  { route: 'GET /readyz', method: 'GET', path: '/readyz', others: 200, except: {} },
  { route: 'GET /', method: 'GET', path: '/', others: 308, except: {} },
  { route: 'GET /openapi.json', method: 'GET', path: '/openapi.json', others: 200, except: {} },
  { route: 'GET /docs', method: 'GET', path: '/docs', others: 200, except: {} },
  { route: 'GET /docs/', method: 'GET', path: '/docs/', others: 308, except: {} },
  { route: 'GET /problems', method: 'GET', path: '/problems', others: 200, except: {} },
  { route: 'GET /problems/', method: 'GET', path: '/problems/', others: 308, except: {} },
  { route: 'GET /problems/:code', method: 'GET', path: '/problems/denied', others: 200, except: {} },
  { route: 'GET /v1/whoami', method: 'GET', path: '/v1/whoami', others: 200, except: { anonymous: 401, forger: 401 } },
  {
    route: 'GET /v1/allowed',
    method: 'GET',
    path: '/v1/allowed',
    others: 403,
    except: { anonymous: 401, forger: 401, team: 200, 'other team': 200 },
  },
  {
    route: 'POST /v1/decisions',
    method: 'POST',
    path: '/v1/decisions',
    body: { restApiId: 'a1b2c3d4e5', resourceId: '9x8y7z', method: 'POST', body: good },
    others: 403,
    except: { anonymous: 401, forger: 401, team: 200, 'other team': 200 },
  },
  {
    route: 'GET /v1/trail',
    method: 'GET',
    path: '/v1/trail',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 200, admin: 200 },
  },
  {
    route: 'GET /v1/trail/:id',
    method: 'GET',
    path: requestOfPayments,
    others: 404,
    except: { anonymous: 401, forger: 401, auditor: 200, admin: 200, team: 200 },
  },
  {
    route: 'GET /v1/trail/:id/proof',
    method: 'GET',
    path: async (gate) => `${await requestOfPayments(gate)}/proof`,
    others: 404,
    except: { anonymous: 401, forger: 401, auditor: 409, admin: 409, team: 409 },
  },
  // What they may not follow is told before the parameter that there is not.
  {
    route: 'GET /v1/trail/follow',
    method: 'GET',
    path: '/v1/trail/follow?limit=1',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 400, admin: 400 },
  },
  {
    route: 'POST /v1/trail/lookup',
    method: 'POST',
    path: '/v1/trail/lookup',
    body: { value: 'x' },
    others: 403,
    except: { anonymous: 401, forger: 401, admin: 200 },
  },
  {
    route: 'GET /v1/log/checkpoint',
    method: 'GET',
    path: '/v1/log/checkpoint',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 404, admin: 404 },
  },
  {
    route: 'GET /v1/log/vkey',
    method: 'GET',
    path: '/v1/log/vkey',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 404, admin: 404 },
  },
  {
    route: 'GET /v1/log/tile/*',
    method: 'GET',
    path: '/v1/log/tile/0/000',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 404, admin: 404 },
  },
  {
    route: 'GET /v1/log/records/*',
    method: 'GET',
    path: '/v1/log/records/000',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 404, admin: 404 },
  },
  {
    route: 'POST /v1/log/cosignature',
    method: 'POST',
    path: '/v1/log/cosignature',
    body: 'x',
    others: 403,
    except: { anonymous: 401, forger: 401, auditor: 400, admin: 400 },
  },
  { route: 'ALL /v1/*', method: 'PUT', path: '/v1/policies', body: {}, others: 404, except: {} },
  {
    route: 'ALL /*',
    method: 'PUT',
    path: PATH,
    body: good,
    others: 403,
    except: { anonymous: 401, forger: 401, team: 201, 'other team': 404 },
  },
  {
    route: 'ALL /*',
    method: 'GET',
    path: async (gate) => {
      await requestOfPayments(gate)
      return PATH
    },
    others: 403,
    except: { anonymous: 401, forger: 401, team: 200, 'other team': 404 },
  },
  {
    route: 'ALL /*',
    method: 'DELETE',
    path: async (gate) => {
      await requestOfPayments(gate)
      return PATH
    },
    others: 403,
    except: { anonymous: 401, forger: 401, team: 204, 'other team': 404 },
  },
]

/** The path of a request in the trail that the team has made. */
async function requestOfPayments(gate: TestGate): Promise<string> {
  const { headers } = await send(gate, 'PUT', PATH, { token: tokens.payments, body: good })
  return `/v1/trail/${headers.get('x-amzn-requestid')}`
}

describe('least privilege', () => {
  it('is said of every route there is', async () => {
    const { app } = await testGate()
    const registered = app.routes.filter(({ path, method }) => !(path === '/*' && method === 'ALL'))
    const routes = new Set([...registered.map(({ method, path }) => `${method} ${path}`), 'ALL /*'])
    expect([...new Set(ROUTES.map(({ route }) => route))].sort()).toEqual([...routes].sort())
  })

  const rows = ROUTES.flatMap(({ others, except, ...row }) =>
    (Object.keys(CALLERS) as Who[]).map((who) => ({ ...row, who, status: except[who] ?? others })),
  )
  it.each(rows)('$method on $route answers $status to $who', async ({ who, method, path, body, status }) => {
    const gate = await testGate()
    const wanted = typeof path === 'string' ? path : await path(gate)
    const before = gate.controlPlane.changes.length
    const token = CALLERS[who]
    const answer = await send(gate, method, wanted, { ...(token && { token }), ...(body !== undefined && { body }) })
    expect(answer.status).toBe(status)
    if (status >= 400) expect(gate.controlPlane.changes.length).toBe(before)
  })
})
