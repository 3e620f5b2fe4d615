import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setupProfile } from '../../lib/sign-in/aws-config-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-aws-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const gate = { name: 'gate', endpoint: 'https://gate.acme.example', credentialProcess: ['sallyport', 'credentials'] }
const now = Date.parse('2026-12-01T09:00:00Z')

async function newUser(config?: Uint8Array | string) {
  const userHome = await mkdtemp(join(folder, 'user-'))
  const file = join(userHome, '.aws', 'config')
  if (config !== undefined) {
    await mkdir(join(userHome, '.aws'))
    await writeFile(file, config)
  }
  const setup = (more: { env?: Record<string, string>; force?: boolean; endpoint?: string } = {}) => {
    const { env = {}, force = false, endpoint = gate.endpoint } = more
    return setupProfile({ ...gate, endpoint }, { env, userHome, now, force })
  }
  return { userHome, file, setup }
}

describe('setupProfile()', () => {
  it('makes the file where there is none, for its owner alone, and is then content', async () => {
    const { userHome, file, setup } = await newUser()
    expect(await setup()).toEqual({ changed: true, file })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await setup()).toEqual({ changed: false, file })
    expect(await readdir(join(userHome, '.aws'))).toEqual(['config'])
  })

  it('keeps what was there: bytes, mode, and a copy', async () => {
    const old = Buffer.from('[default]\n# caf\xe9 \xff\nregion = eu-west-1', 'latin1')
    const { file, setup } = await newUser(old)
    await chmod(file, 0o640)
    const result = await setup()
    expect(result).toMatchObject({ changed: true, backup: `${file}.2026-12-01T09-00-00.000Z.backup` })
    expect((await readFile(file)).subarray(0, old.length)).toEqual(old)
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readFile(`${file}.2026-12-01T09-00-00.000Z.backup`)).toEqual(old)
  })

  it('goes where AWS_CONFIG_FILE says, and through a link', async () => {
    const { userHome, file, setup } = await newUser()
    const real = join(userHome, 'dotfiles')
    await writeFile(real, '[default]\n')
    const link = join(userHome, 'link')
    await symlink(real, link)
    expect(await setup({ env: { AWS_CONFIG_FILE: link } })).toMatchObject({ changed: true, file: real })
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toContain('[profile gate]')
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  it('refuses somebody else’s profile unless forced, and then changes nothing', async () => {
    const old = '[profile gate]\nregion = us-east-1\n'
    const { userHome, file, setup } = await newUser(old)
    await expect(setup()).rejects.toThrow(/a section \[profile gate\] that Sallyport has not written.*--force/)
    expect(await readFile(file, 'utf8')).toBe(old)
    expect(await readdir(join(userHome, '.aws'))).toEqual(['config'])
    expect(await setup({ force: true })).toMatchObject({ changed: true })
    expect(await readFile(file, 'utf8')).not.toContain('us-east-1')
  })

  it('refuses a name that has keys of its own, which AWS clients prefer', async () => {
    const { userHome, setup } = await newUser('')
    await writeFile(join(userHome, '.aws', 'credentials'), '[gates]\n[ gate ]\naws_access_key_id = AKIA\n')
    await expect(setup({ force: true })).rejects.toThrow(/credentials has keys of that name/)
    const elsewhere = { AWS_SHARED_CREDENTIALS_FILE: join(userHome, 'none') }
    expect(await setup({ env: elsewhere })).toMatchObject({ changed: true })
  })

  it('says in a line what cannot be written', async () => {
    const { userHome, setup } = await newUser()
    await writeFile(join(userHome, 'file'), '')
    await expect(setup({ env: { AWS_CONFIG_FILE: join(userHome, 'file', 'config') } })).rejects.toThrow(
      /^Cannot write .*: ENOTDIR\.$/,
    )
  })
})
