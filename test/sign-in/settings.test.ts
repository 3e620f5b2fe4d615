import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configHome, readSettings } from '../../lib/sign-in/settings.ts'
import { SignInError } from '../../lib/sign-in/sign-in-error.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-settings-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const a = 'https://a.example'
const b = 'https://b.example'
const c = 'https://c.example'
const d = 'https://d.example'

async function read(
  given: { flags?: object; env?: Record<string, string>; last?: object },
  file: string | undefined = undefined,
) {
  await rm(join(home, 'config.json'), { force: true })
  if (file !== undefined) await writeFile(join(home, 'config.json'), file)
  return readSettings(home, { flags: {}, env: {}, last: undefined, ...given })
}

describe('readSettings()', () => {
  it('takes flag before environment before file before last time, setting by setting', async () => {
    const file = JSON.stringify({ issuer: c, clientId: 'c', scope: 'c' })
    expect(
      await read(
        {
          flags: { issuer: a, clientId: undefined },
          env: { SALLYPORT_ISSUER: b, SALLYPORT_CLIENT_ID: 'b', SALLYPORT_SCOPE: '' },
          last: { issuer: d, clientId: 'd', scope: 'd', endpoint: d },
        },
        file,
      ),
    ).toEqual({ issuer: a, clientId: 'b', scope: 'c', endpoint: d })
  })

  it('needs none of them', async () => {
    expect(await read({})).toEqual({})
  })

  it.each([
    'https://idp.acme.example/realms/x',
    'http://127.0.0.1:8787/issuer',
    'http://[::1]:1',
    'http://localhost:1',
  ])('takes %s', async (url) => {
    expect(await read({ flags: { issuer: url, endpoint: url } })).toEqual({ issuer: url, endpoint: url })
  })

  it.each([
    'http://idp.acme.example',
    'http://127.0.0.1.evil.example',
    'https://user@idp.acme.example',
    'https://idp.acme.example/#x',
    'ftp://idp.acme.example',
    'javascript:alert(1)',
    'idp.acme.example',
  ])('sends no token to %s', async (url) => {
    await expect(read({ flags: { endpoint: url } })).rejects.toThrow(/^The command line: endpoint must be an https URL/)
    await expect(read({ env: { SALLYPORT_ISSUER: url } })).rejects.toThrow(/^The environment: issuer must be an https/)
  })

  it.each([
    ['{"isuer":"https://a.example"}', /config\.json: isuer is not a setting\.$/],
    ['{"issuer":7}', /config\.json: issuer/],
    ['[]', /config\.json: /],
    ['{', /config\.json: it is not JSON\.$/],
  ])('says what is wrong with %s', async (file, message) => {
    await expect(read({}, file)).rejects.toThrow(message)
    await expect(read({}, file)).rejects.toThrow(SignInError)
  })
})

describe('configHome()', () => {
  it.each<[Record<string, string>, string]>([
    [{}, '/home/ana/.config/sallyport'],
    [{ XDG_CONFIG_HOME: '/x' }, '/x/sallyport'],
    [{ XDG_CONFIG_HOME: 'x' }, '/home/ana/.config/sallyport'],
    [{ XDG_CONFIG_HOME: '/x', SALLYPORT_CONFIG_HOME: '/y' }, '/y'],
  ])('%j', (env, home) => {
    expect(configHome(env, '/home/ana')).toBe(home)
  })
})
