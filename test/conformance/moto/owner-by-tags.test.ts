import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../../../lib/embedded/system.ts'
import { call } from '../../local/caller.ts'
import { ITEMS, makesItsOwnApi, taggedTokens } from '../../local/own-api.ts'
import { MISSING_MOTO, type Moto, startMoto } from '../../support/moto.ts'
import { apiGatewayClient, makeApi } from '../../support/moto-apis.ts'

describe.skipIf(MISSING_MOTO)(`APIs that moto holds tags of${MISSING_MOTO}`, () => {
  let moto: Moto
  let system: System
  let home = ''
  let tokens: Awaited<ReturnType<typeof taggedTokens>>

  beforeAll(async () => {
    moto = await startMoto()
    home = await mkdtemp(join(tmpdir(), 'sallyport-moto-tags-'))
    tokens = await taggedTokens(home)
    const endpoints = { AWS_ENDPOINT_URL_API_GATEWAY: moto.url, AWS_ENDPOINT_URL_DYNAMODB: moto.url }
    system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: home, ...endpoints }, aws: false, say: () => {} })
  })
  afterAll(async () => {
    await system?.close()
    await moto?.close()
    await rm(home, { recursive: true, force: true })
  })

  it.each<[string, Record<string, string>, number]>([
    ['all of its tags', { team: 'catalogue', stage: 'test', owner: 'ana' }, 201],
    ['one of two', { team: 'catalogue' }, 404],
    ["another team's", { team: 'search', stage: 'test' }, 404],
    ['none', {}, 404],
  ])('are written to by a team where they have %s, and by nobody else', async (_, tags, want) => {
    const { restApiId, resourceId } = await makeApi(apiGatewayClient(moto.url), undefined, tags)
    const path = `/restapis/${restApiId}/resources/${resourceId}/methods/GET/integration`
    const put = async (token: string) => (await call(system.url + path, token, { method: 'PUT', body: ITEMS })).status
    expect([await put(tokens.search), await put(tokens.catalogue)]).toEqual([404, want])
  })

  it('are made by their team', async () => {
    await makesItsOwnApi(system.url, tokens)
  })
})
