import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startSystem } from '../../lib/embedded/system.ts'

describe('the demo sign-in of the local system', () => {
  it.each([
    { it: 'is there in front of the embedded control plane', env: {}, isThere: true },
    {
      it: 'is not there in front of another, which may be real',
      env: { AWS_ENDPOINT_URL_API_GATEWAY: 'http://127.0.0.1:9' },
      isThere: false,
    },
  ])('$it', async ({ env, isThere }) => {
    const home = await mkdtemp(join(tmpdir(), 'sallyport-local-'))
    const system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: home, ...env }, aws: false, say: () => {} })
    try {
      const at = `${system.url}/issuer`
      const discovery = (await (await fetch(`${at}/.well-known/openid-configuration`)).json()) as Record<
        string,
        unknown
      >
      expect(discovery.issuer).toBe('https://issuer.sallyport.localhost')
      expect((await fetch(`${at}/jwks`)).status).toBe(200)
      expect('token_endpoint' in discovery).toBe(isThere)
      for (const path of ['authorize', 'device', 'token', 'device_authorization']) {
        const body = new URLSearchParams({ client_id: 'sallyport', answer: 'allow', role: 'admin' })
        const { status } = await fetch(`${at}/${path}`, { method: 'POST', body })
        expect(status === 401).toBe(!isThere)
      }
    } finally {
      await system.close()
      await rm(home, { recursive: true, force: true })
    }
  })
})
