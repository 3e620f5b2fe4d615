import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logout } from '../../lib/cli/logout.ts'
import { freshSession, isDue } from '../../lib/sign-in/fresh-session.ts'
import { STALE_MS, withLock } from '../../lib/sign-in/lock.ts'
import { readSession, removeSession, type Session, writeSession } from '../../lib/sign-in/session.ts'
import { SignInError } from '../../lib/sign-in/sign-in-error.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-session-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const newHome = () => mkdtemp(join(folder, 'home-'))

/** Unix seconds. */
const NOW = 1_800_000_000

/** Of a token that lives for an hour. */
function sessionWith(members: Partial<Session> = {}): Session {
  const { expiresAt = NOW + 3540 } = members
  return {
    version: 1,
    settings: { issuer: 'https://idp.acme.example', clientId: 'sallyport' },
    accessToken: 'token-1',
    obtainedAt: expiresAt - 3600,
    expiresAt,
    refreshToken: 'refresh-1',
    ...members,
  }
}

describe('session.json', () => {
  it('is readable by its owner alone, in a folder that is so too', async () => {
    const home = join(await newHome(), 'below', 'this')
    await writeSession(home, sessionWith())
    expect((await stat(join(home, 'session.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    expect(await readSession(home)).toEqual(sessionWith())
    expect(await readdir(home)).toEqual(['session.json'])
  })

  it('is never seen in part, whoever writes it at the same time', async () => {
    const home = await newHome()
    const long = (name: string) => sessionWith({ accessToken: name.repeat(4000) })
    await writeSession(home, long('a'))
    const reads = Array.from({ length: 20 }, () => readSession(home))
    await Promise.all([...'bcdef'].map((name) => writeSession(home, long(name))))
    for (const read of await Promise.all(reads)) expect(read?.accessToken).toMatch(/^(.)\1{3999}$/)
    expect(await readdir(home)).toEqual(['session.json'])
  })

  it.each([0o640, 0o604, 0o620])('is not trusted with mode %o', async (mode) => {
    const home = await newHome()
    await writeSession(home, sessionWith())
    await chmod(join(home, 'session.json'), mode)
    await expect(readSession(home)).rejects.toThrow(/others may read or write it/)
  })

  it.each(['', '{', '[]', '{"version":2}', `{"version":1,"accessToken":"canary"}`])(
    'that holds %j is no session, and is not repeated',
    async (text) => {
      const home = await newHome()
      await writeFile(join(home, 'session.json'), text, { mode: 0o600 })
      const failed = await readSession(home).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(SignInError)
      expect((failed as Error).message).not.toContain('canary')
    },
  )

  it('can be removed twice', async () => {
    const home = await newHome()
    await writeSession(home, sessionWith())
    await removeSession(home)
    await removeSession(home)
    expect(await readSession(home)).toBeUndefined()
  })
})

describe('isDue()', () => {
  it.each([
    { livesMinutes: 60, leftSeconds: 900, due: false },
    { livesMinutes: 60, leftSeconds: 899, due: true },
    { livesMinutes: 60, leftSeconds: -1, due: true },
    { livesMinutes: 10, leftSeconds: 300, due: false },
    { livesMinutes: 10, leftSeconds: 299, due: true },
    { livesMinutes: 30, leftSeconds: 900, due: false },
    { livesMinutes: 30, leftSeconds: 899, due: true },
  ])('a token of $livesMinutes minutes with $leftSeconds s left: $due', ({ livesMinutes, leftSeconds, due }) => {
    const expiresAt = NOW + leftSeconds
    expect(isDue(sessionWith({ expiresAt, obtainedAt: expiresAt - livesMinutes * 60 }), NOW)).toBe(due)
  })
})

describe('freshSession()', () => {
  const now = () => NOW * 1000
  const renewed = sessionWith({
    accessToken: 'token-2',
    refreshToken: 'refresh-2',
    obtainedAt: NOW,
    expiresAt: NOW + 3600,
  })
  const never = () => Promise.reject(new Error('not to be called'))
  const without = ({ refreshToken: _, ...session }: Session): Session => session

  it.each<{ it: string; session: Session; refresh?: () => Promise<Session>; token?: string; message?: RegExp }>([
    { it: 'uses what is good for a while', session: sessionWith(), token: 'token-1' },
    {
      it: 'replaces what soon ends',
      session: sessionWith({ expiresAt: NOW + 600 }),
      refresh: async () => renewed,
      token: 'token-2',
    },
    {
      it: 'replaces what has ended',
      session: sessionWith({ expiresAt: NOW - 600 }),
      refresh: async () => renewed,
      token: 'token-2',
    },
    {
      it: 'uses what soon ends where it can’t be replaced now',
      session: sessionWith({ expiresAt: NOW + 11 }),
      refresh: () => Promise.reject(new SignInError('The issuer cannot be reached.')),
      token: 'token-1',
    },
    {
      it: 'does not use what ends at once',
      session: sessionWith({ expiresAt: NOW + 10 }),
      refresh: () => Promise.reject(new SignInError('The issuer cannot be reached.')),
      message: /cannot be reached/,
    },
    {
      it: 'uses what can never be replaced to its end',
      session: without(sessionWith({ expiresAt: NOW + 11 })),
      token: 'token-1',
    },
    { it: 'and no longer', session: without(sessionWith({ expiresAt: NOW + 10 })), message: /run "sallyport login"/ },
  ])('$it', async ({ session, refresh = never, token, message }) => {
    const home = await newHome()
    await writeSession(home, session)
    const fresh = freshSession(home, { now, refresh })
    if (message) return expect(fresh).rejects.toThrow(message)
    expect((await fresh).accessToken).toBe(token)
    expect((await readSession(home))?.accessToken).toBe(token)
    expect(await readdir(home)).toEqual(['session.json'])
  })

  it('says what to do where nobody is signed in', async () => {
    await expect(freshSession(await newHome(), { now, refresh: never })).rejects.toThrow(/^You are not signed in: run/)
  })

  it('refreshes once for all who find it due at the same time', async () => {
    const home = await newHome()
    await writeSession(home, sessionWith({ expiresAt: NOW + 60 }))
    const used: string[] = []
    const refresh = async ({ refreshToken }: { refreshToken: string }) => {
      used.push(refreshToken)
      await new Promise((resolve) => setTimeout(resolve, 30))
      return renewed
    }
    const all = await Promise.all(Array.from({ length: 12 }, () => freshSession(home, { now, refresh })))
    expect(used).toEqual(['refresh-1'])
    expect(new Set(all.map(({ accessToken }) => accessToken))).toEqual(new Set(['token-2']))
  })

  it('is not brought back by a refresh that was under way at sign-out', async () => {
    const home = await newHome()
    // Nobody listens there: the issuer can't be told.
    const settings = { issuer: 'http://127.0.0.1:9', clientId: 'sallyport' }
    await writeSession(home, sessionWith({ settings, expiresAt: NOW + 60 }))
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>()
    const refreshing = freshSession(home, {
      now,
      async refresh() {
        asked()
        await new Promise((resolve) => setTimeout(resolve, 30))
        return { ...renewed, settings }
      },
    })
    await isAsked
    const surroundings = { env: {}, userHome: home, home, program: [], openBrowser() {} }
    await expect(logout({ err() {} }, surroundings)).rejects.toThrow(/cannot be reached/)
    await refreshing
    expect(await readSession(home)).toBeUndefined()
  })
})

describe('withLock()', () => {
  it('lets one in at a time, also where the one before failed', async () => {
    const home = join(await newHome(), 'new')
    let inside = 0
    const work = async (index: number) => {
      expect(++inside).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside--
      if (index % 3 === 0) throw new Error('failed')
    }
    const ended = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => withLock(home, () => work(index))))
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(await readdir(home)).toEqual([])
  })

  it('takes over from whoever died, once, however many wait', async () => {
    const home = await newHome()
    const path = join(home, 'session.lock')
    await writeFile(path, 'dead')
    const then = (Date.now() - STALE_MS - 1000) / 1000
    await utimes(path, then, then)
    let inside = 0
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(home, async () => {
          expect(++inside).toBe(1)
          await new Promise((resolve) => setTimeout(resolve, 5))
          inside--
        }),
      ),
    )
    expect(await readdir(home)).toEqual([])
  })

  it('leaves the lock of another owner alone', async () => {
    const home = await newHome()
    const path = join(home, 'session.lock')
    await mkdir(home, { recursive: true })
    await withLock(home, () => writeFile(path, 'another'))
    expect(await readFile(path, 'utf8')).toBe('another')
  })
})
