import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpGet } from '../../lib/identity/http-get.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** What a hostile issuer could answer is in key-document.test.ts; this is about who is believed to be the issuer. */
describe.skipIf(!hasOpenssl)(`httpGet()${hasOpenssl ? '' : ' (openssl not found: no certificate to try)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-certificate-'))
  const server = createServer((_, response) => response.end('{"keys":[]}'))
  const address = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}/`

  beforeAll(async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    server.setSecureContext({ key: readFileSync(key), cert: readFileSync(cert) })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  it('believes nobody whose certificate no authority vouches for', async () => {
    const asked = { redirect: 'error', headers: { accept: 'application/json' } } as const
    await expect(httpGet(address(), { ...asked, signal: AbortSignal.timeout(5_000) })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
  })
})
