import { describe, expect, it } from 'vitest'
import { embeddedControlPlane } from '../../lib/embedded/control-plane.ts'
import { seedDemo } from '../../lib/embedded/control-plane-demo.ts'
import { memoryState } from '../../lib/embedded/control-plane-state.ts'

function demo() {
  const state = memoryState()
  seedDemo(state)
  const app = embeddedControlPlane({ state, now: () => Date.UTC(2026, 10, 22) })
  return async (verb: string, path: string, body?: unknown) => {
    const response = await app.request(path, {
      method: verb,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

describe('tags', () => {
  const tagsOf = (resource: string) =>
    `/tags/${encodeURIComponent(`arn:aws:apigateway:eu-west-1::/restapis/${resource}`)}`
  const API = 'c7a7a7l0g0'

  it('of an API are in its answers, in the list, and in GetTags', async () => {
    const call = demo()
    const tags = { team: 'catalogue', stage: 'test' }
    expect((await call('GET', `/restapis/${API}`)).body).toMatchObject({ tags })
    expect(await call('GET', tagsOf(API))).toMatchObject({ status: 200, body: { tags } })
    const { item } = (await call('GET', '/restapis')).body
    expect(item.find(({ id }: { id: string }) => id === API)).toMatchObject({ tags })
    expect((await call('GET', tagsOf('a1b2c3d4e5'))).body).toEqual({ tags: {} })
  })

  it('are set and removed by key', async () => {
    const call = demo()
    expect((await call('PUT', tagsOf(API), { tags: { stage: 'prod', owner: 'ana' } })).status).toBe(204)
    expect((await call('GET', tagsOf(API))).body).toEqual({ tags: { team: 'catalogue', stage: 'prod', owner: 'ana' } })
    expect((await call('DELETE', `${tagsOf(API)}?tagKeys=stage&tagKeys=owner&tagKeys=none`)).status).toBe(204)
    expect((await call('GET', `/restapis/${API}`)).body.tags).toEqual({ team: 'catalogue' })
  })

  it('of a stage are its own', async () => {
    const call = demo()
    for (const verb of ['GET', 'POST']) {
      const method = `/restapis/a1b2c3d4e5/resources/9x8y7z/methods/${verb}`
      await call('PUT', `${method}/integration`, { type: 'MOCK' })
    }
    const deployment = (await call('POST', '/restapis/a1b2c3d4e5/deployments', { stageName: 'prod' })).status
    expect(deployment).toBe(201)
    expect((await call('PUT', tagsOf('a1b2c3d4e5/stages/prod'), { tags: { a: 'b' } })).status).toBe(204)
    expect((await call('GET', tagsOf('a1b2c3d4e5/stages/prod'))).body).toEqual({ tags: { a: 'b' } })
    expect((await call('GET', tagsOf('a1b2c3d4e5'))).body).toEqual({ tags: {} })
  })

  it.each([
    ['an API that is not there', tagsOf('n0such0api'), { tags: {} }, 404],
    ['a stage that is not there', tagsOf(`${API}/stages/none`), { tags: {} }, 404],
    ['a thing of another kind', '/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fvpclinks%2Fx', { tags: {} }, 400],
    ['a key of AWS', tagsOf(API), { tags: { 'aws:x': 'y' } }, 400],
    ['a value that is no text', tagsOf(API), { tags: { team: 1 } }, 400],
    ['no tags', tagsOf(API), {}, 400],
    [
      'more than fifty',
      tagsOf(API),
      { tags: Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`k${n}`, ''])) },
      400,
    ],
  ])('are not set for %s', async (_, path, body, status) => {
    const call = demo()
    expect((await call('PUT', path, body)).status).toBe(status)
    expect((await call('GET', tagsOf(API))).body).toEqual({ tags: { team: 'catalogue', stage: 'test' } })
  })
})
