import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../../lib/embedded/system.ts'
import { PROBLEMS } from '../../lib/gate/problem.ts'
import { type LoopbackRedirect, listenForRedirect } from '../../lib/sign-in/loopback-redirect.ts'
import { type Look, launchChromium, look, overflowOf, type Page, tabTo, violationsOf } from './pages/browser.ts'

const SALLYPORT = join(import.meta.dirname, '../../functions/sallyport.ts')
const TOKEN = join(import.meta.dirname, '../../functions/token.ts')
const LOOKS: readonly Look[] = [1280, 375].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)
const BACKGROUND = { light: 'rgb(255, 255, 255)', dark: 'rgb(24, 24, 27)' }
const AUTHORIZE = new URLSearchParams({
  response_type: 'code',
  client_id: 'sallyport',
  redirect_uri: 'http://127.0.0.1:5000/callback',
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
})

/** A path of the system, or of where a sign-in comes back to; its answer is 200 where nothing else is said. */
const PAGES: readonly { page: string; path: string; status?: number }[] = [
  ...['/docs', '/problems', ...Object.keys(PROBLEMS).map((code) => `/problems/${code}`)].map((path) => ({
    page: path,
    path,
  })),
  { page: 'the issuer', path: '/issuer' },
  { page: 'the form for a code', path: '/issuer/device' },
  { page: 'the form for the code of a link', path: '/issuer/device?user_code=BCDF-GHJK' },
  { page: 'the form after sallyport login', path: `/issuer/authorize?${AUTHORIZE}` },
  { page: 'the refusal of a request that is wrong', path: '/issuer/authorize', status: 400 },
  { page: 'the end of a sign-in', path: 'callback?state=s&code=x' },
  { page: 'the end of one that was cancelled', path: 'callback?state=s&error=access_denied' },
  { page: 'what anything else is told there', path: 'callback', status: 404 },
]

const browser = await launchChromium()
if (typeof browser === 'string') console.log(`The pages are not looked at: ${browser}`)

describe.runIf(typeof browser !== 'string')('in a browser', () => {
  let folder = ''
  let system: System
  let redirect: LoopbackRedirect
  let page: Page
  /** What the browser complained of since the test began. */
  let complaints: string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-pages-'))
    system = await startSystem({ env: { PORT: '0', SALLYPORT_HOME: join(folder, 'gate') }, aws: false, say: () => {} })
    redirect = await listenForRedirect('s', 120_000)
  })
  afterAll(async () => {
    redirect.close()
    if (typeof browser !== 'string') await browser.close()
    await system.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    if (typeof browser === 'string') throw new Error(browser)
    complaints = []
    page = await browser.newPage({ reducedMotion: 'reduce' })
    page.on('console', (message) => {
      // Also said of a page that is answered with 4xx on purpose; `response` tells of what nobody asked for.
      if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
    page.on('response', (response) => {
      if (!response.request().isNavigationRequest()) complaints.push(`asked for ${response.url()}`)
    })
  })
  afterEach(() => page.close())

  /** That what is shown now can be read by everybody. */
  async function expectReadable(looks: readonly Look[] = LOOKS): Promise<void> {
    for (const each of looks) {
      await look(page, each)
      // Beside the text the contents are shown folded up or not, and axe takes what is folded up for hidden.
      await page.evaluate(`document.querySelectorAll('details').forEach((each) => { each.open ||= innerWidth > 960 })`)
      expect({ ...each, wrong: [...(await violationsOf(page)), ...(await overflowOf(page))] }).toEqual({
        ...each,
        wrong: [],
      })
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(BACKGROUND[each.colorScheme])
    }
    expect(await page.title()).toMatch(/^.{7,} – Sallyport$/)
    expect(complaints).toEqual([])
  }

  /** Sends the form with Enter, and waits for what is answered. */
  async function enter(): Promise<void> {
    const loaded = page.waitForEvent('load')
    await page.keyboard.press('Enter')
    await loaded
  }

  it.each(PAGES)('$page can be read', async ({ path, status = 200 }) => {
    const answer = await page.goto(path.startsWith('/') ? `${system.url}${path}` : new URL(path, redirect.uri).href)
    expect(answer?.status()).toBe(status)
    const headers = answer?.headers() ?? {}
    const directives = headers['content-security-policy']?.split('; ')
    expect(directives).toEqual(
      expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]),
    )
    expect(directives?.join()).toMatch(/style-src 'sha256-\S+'.*form-action/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toMatch(/^(no-referrer|same-origin)$/)
    await expectReadable([...LOOKS].reverse())
  })

  it.each(['/docs', '/problems', '/problems/issuer-unavailable', '/issuer', '/issuer/device'])(
    'nothing of %s stands out of the smallest window (WCAG 1.4.10)',
    async (path) => {
      await look(page, { width: 320, colorScheme: 'light' })
      await page.goto(`${system.url}${path}`)
      expect(await overflowOf(page)).toEqual([])
    },
  )

  it('/docs is used without a mouse, beside its contents and with them folded up', async () => {
    await look(page, { width: 1280, colorScheme: 'light' })
    await page.goto(`${system.url}/docs`)
    await tabTo(page, 'Skip to the text')
    await page.keyboard.press('Enter')
    await tabTo(page, 'openapi.json')
    await page.goto(`${system.url}/docs`)
    await tabTo(page, 'Ask what would be decided')
    await page.keyboard.press('Enter')
    expect(page.url()).toBe(`${system.url}/docs#judgeRequests`)
    const top = await page.evaluate("document.getElementById('judgeRequests').getBoundingClientRect().top")
    expect(top).toBeGreaterThanOrEqual(0)
    expect(top).toBeLessThan(100)

    await page.setViewportSize({ width: 375, height: 800 })
    await page.goto(`${system.url}/docs`)
    await tabTo(page, 'Contents')
    expect(
      await page.evaluate('document.activeElement.nextElementSibling.checkVisibility({ contentVisibilityAuto: true })'),
    ).toBe(false)
    await page.keyboard.press('Enter')
    await tabTo(page, 'Problems')
    await expectReadable([{ width: 375, colorScheme: 'dark' }])
    await page.keyboard.press('Enter')
    expect(page.url()).toBe(`${system.url}/docs#problems`)
  })

  it('what is copied from /docs is what was written', async () => {
    await look(page, { width: 375, colorScheme: 'light' })
    await page.goto(`${system.url}/docs`)
    const pairs = (await page.evaluate(`[...document.querySelectorAll('pre')].map((each) => {
      getSelection().selectAllChildren(each)
      return [getSelection().toString().trim(), each.textContent.trim()]
    })`)) as [string, string][]
    expect(pairs.length).toBeGreaterThan(25)
    for (const [copied, written] of pairs) expect(copied).toBe(written)
  })

  it('what /docs gives as examples is taken', async () => {
    await page.goto(`${system.url}/docs`)
    const commands = (await page.evaluate(`[...document.querySelectorAll('pre')].map((each) => each.textContent)
      .filter((each) => each.startsWith('curl'))`)) as string[]
    expect(commands.length).toBeGreaterThan(10)
    const tokens = { payments: await token('payments'), admin: await token('--admin') }
    const answers = await Promise.all(
      commands.map(async (command) => {
        const isForTeam = /v1\/(allowed|decisions)"/.test(command)
        const env = { PATH: process.env.PATH, GATE: system.url, TOKEN: isForTeam ? tokens.payments : tokens.admin }
        // What goes on for ever has begun by then.
        const seconds = command.includes('/follow') ? 3 : 30
        const script = `curl() { command curl -m ${seconds} -o /dev/null -w '%{http_code}' "$@" || :; }\n${command}`
        const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: folder, env })
        return [command.split('"')[1]?.replace('$GATE', ''), stdout]
      }),
    )
    // A log of nothing yet, a request that was never made, a cosignature of nobody.
    const absent = Object.fromEntries(answers.filter(([, status]) => status !== '200'))
    for (const [path, status] of Object.entries(absent))
      expect({ path, status }).toEqual({ path, status: path.endsWith('/cosignature') ? '400' : '404' })
    expect(Object.keys(absent).every((path) => /^\/v1\/(log|trail\/01M)/.test(path))).toBe(true)
  })

  async function token(...args: string[]): Promise<string> {
    const env = { ...process.env, SALLYPORT_HOME: join(folder, 'gate') }
    const { stdout } = await promisify(execFile)(process.execPath, [TOKEN, ...args], { env })
    return stdout.trim()
  }

  describe('sallyport login', () => {
    let child: ChildProcess
    let said = ''
    const settings = () => ['--config-home', join(folder, 'settings')]

    function run(...args: string[]): void {
      said = ''
      child = spawn(process.execPath, [SALLYPORT, ...args, ...settings()])
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
    }
    async function heard(pattern: RegExp): Promise<string> {
      const found = pattern.exec(said)?.[1]
      if (found !== undefined) return found
      if (child.exitCode !== null) throw new Error(said)
      await Promise.race([once(child.stderr ?? child, 'data'), once(child, 'close')])
      return heard(pattern)
    }
    async function end(): Promise<number> {
      if (child.exitCode === null) await once(child, 'close')
      return child.exitCode ?? -1
    }
    const login = (...args: string[]) => run('login', '--issuer', `${system.url}/issuer`, '--no-browser', ...args)
    async function whoami(): Promise<string> {
      run('whoami', '--endpoint', system.url)
      expect(await end()).toBe(0)
      return said
    }
    afterEach(() => {
      child.kill()
    })

    it('by a browser and a keyboard', async () => {
      login()
      await page.goto(await heard(/(http:\S+\/authorize\S+)\s/))
      await tabTo(page, 'payments')
      await page.keyboard.press('ArrowUp')
      await tabTo(page, 'Sign in')
      await enter()
      await expectReadable()
      expect(await page.evaluate("document.querySelector('[role=alert]').innerText")).toMatch(/^Choose a team/)

      await tabTo(page, 'payments')
      await page.keyboard.press('ArrowDown')
      await tabTo(page, 'auditor reads the trail')
      await page.keyboard.press('Space')
      await tabTo(page, 'Sign in')
      await enter()
      expect(page.url()).toContain('/callback?')
      expect(await page.title()).toBe('Your browser is done – Sallyport')
      expect(await end()).toBe(0)
      expect(complaints).toEqual([])
      const who = await whoami()
      expect(who).toContain('auditor')
      expect(who).toContain('search')
    })

    it('by a code and a keyboard', async () => {
      login('--device')
      const code = await heard(/([A-Z]{4}-[A-Z]{4})\b/)
      await page.goto(`${system.url}/issuer/device`)
      await page.keyboard.type('bbbb-bbbb')
      await enter()
      await page.keyboard.press('Tab')
      expect(await page.evaluate("document.querySelector('[role=alert]')?.innerText")).toMatch(/^No terminal waits/)
      await expectReadable()
      await page.keyboard.press('Control+A')
      await page.keyboard.type(code.toLowerCase())
      await tabTo(page, 'payments')
      await page.keyboard.press('ArrowDown')
      await enter()
      expect(await page.title()).toBe('You are signed in – Sallyport')
      await expectReadable()
      expect(await end()).toBe(0)
      expect(await whoami()).toContain('search')
    })

    it('not where it is cancelled', async () => {
      login()
      await page.goto(await heard(/(http:\S+\/authorize\S+)\s/))
      await tabTo(page, 'Cancel')
      await enter()
      expect(page.url()).toContain('/callback?')
      expect(await page.title()).toBe('You are not signed in – Sallyport')
      expect(await end()).not.toBe(0)
      expect(complaints).toEqual([])
    })
  })
})
