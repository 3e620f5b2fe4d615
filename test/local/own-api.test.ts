import { expect, it, onTestFinished } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'
import { call } from './caller.ts'
import { temporaryFolder } from './gate-process.ts'
import { ITEMS, makesItsOwnApi, taggedTokens } from './own-api.ts'

it('the local system lets a team work on APIs with its tags, and make some', async () => {
  const home = await temporaryFolder()
  const tokens = await taggedTokens(home)
  const system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: home }, aws: false, say: () => {} })
  onTestFinished(() => system.close())
  const demo = `${system.url}/restapis/c7a7a7l0g0/resources/1t3m5s/methods/GET/integration`
  const put = (token: string) => call(demo, token, { method: 'PUT', body: ITEMS })
  expect((await put(tokens.search)).status).toBe(404)
  expect((await put(tokens.catalogue)).status).toBe(201)
  await makesItsOwnApi(system.url, tokens)
})
