import { expect } from 'vitest'
import { openIssuer } from '../../lib/embedded/issuer.ts'
import { call } from './caller.ts'

/** Tokens of the example policy's team that owns by tags, and of another. */
export async function taggedTokens(home: string): Promise<{ catalogue: string; search: string }> {
  const issuer = await openIssuer(home)
  const sign = (group: string) => issuer.sign({ sub: `${group}-demo`, groups: [group] }, { expiresInSeconds: 3600 })
  return { catalogue: await sign('catalogue'), search: await sign('search') }
}

/** What the team catalogue may put behind its methods. */
export const ITEMS = {
  type: 'HTTP_PROXY',
  httpMethod: 'GET',
  uri: 'https://items.catalogue.acme.example/v1',
  timeoutInMillis: 9000,
}

/** A team makes an API of its own through the gate, gives it a backend and takes it down; nobody else sees any of it. */
export async function makesItsOwnApi(url: string, { catalogue, search }: { catalogue: string; search: string }) {
  const name = 'items'
  const unowned = await call(`${url}/restapis`, catalogue, { method: 'POST', body: { name } })
  expect([unowned.status, unowned.headers.get('x-amzn-errortype')]).toEqual([403, 'AccessDeniedException'])
  const tags = { team: 'catalogue', stage: 'prod', owner: 'ana' }
  const made = await call(`${url}/restapis`, catalogue, { method: 'POST', body: { name, tags } })
  // moto answers 200 where API Gateway says 201, and below 202.
  expect([200, 201]).toContain(made.status)
  expect(made.json).toMatchObject({ name, tags })

  const api = `${url}/restapis/${made.json.id}`
  const read = await call(api, catalogue)
  expect(read).toMatchObject({ status: 200, json: { id: made.json.id, tags } })
  const root = made.json.rootResourceId
  const { json: items } = await call(`${api}/resources/${root}`, catalogue, {
    method: 'POST',
    body: { pathPart: 'items' },
  })
  const method = `${api}/resources/${items.id}/methods/GET`
  const guarded = { method: 'PUT', body: { authorizationType: 'AWS_IAM' } }
  expect((await call(method, catalogue, guarded)).status).toBe(201)
  const put = await call(`${method}/integration`, catalogue, { method: 'PUT', body: ITEMS })
  expect(put).toMatchObject({ status: 201, json: ITEMS })

  const others = [
    await call(`${method}/integration`, search, { method: 'PUT', body: ITEMS }),
    await call(`${method}/integration`, search),
    await call(api, search),
    await call(api, search, { method: 'DELETE' }),
  ]
  expect(others.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  const ids = async (token: string) => {
    const { json } = await call(`${url}/restapis?limit=500`, token)
    return (json.item as { id: string }[]).map(({ id }) => id)
  }
  expect(await ids(catalogue)).toContain(made.json.id)
  expect(await ids(search)).not.toContain(made.json.id)

  expect([200, 202]).toContain((await call(api, catalogue, { method: 'DELETE' })).status)
  expect((await call(api, catalogue)).status).toBe(404)
}
