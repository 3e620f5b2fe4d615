import { execFile } from 'node:child_process'
import { access, constants, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What is used here of Playwright, which is installed on demand: its own types are not there when types are checked. */
export interface Browser {
  newPage(options: { reducedMotion: 'reduce' }): Promise<Page>
  close(): Promise<void>
}
export interface Look {
  width: number
  colorScheme: 'light' | 'dark'
}
export interface Page {
  goto(url: string): Promise<{ status(): number; headers(): Record<string, string> } | null>
  evaluate(expression: string): Promise<unknown>
  emulateMedia(options: { colorScheme: 'light' | 'dark' }): Promise<void>
  setViewportSize(size: { width: number; height: number }): Promise<void>
  waitForEvent(event: 'load'): Promise<unknown>
  title(): Promise<string>
  url(): string
  close(): Promise<void>
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> }
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  on(event: 'requestfailed', listener: (request: { url(): string }) => void): void
  on(
    event: 'response',
    listener: (response: { url(): string; status(): number; request(): { isNavigationRequest(): boolean } }) => void,
  ): void
}

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const require = createRequire(import.meta.url)

/** Chromium, driven by Playwright. In words, why there is none. */
export async function launchChromium(): Promise<Browser | string> {
  const isThere = await access(CHROMIUM, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isThere) return `there is no Chromium at ${CHROMIUM} (set CHROMIUM)`
  if (!(await isInstalled())) return 'playwright-core and axe-core cannot be installed'
  const { chromium } = require('playwright-core') as {
    chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> }
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

async function isInstalled(): Promise<boolean> {
  const folder = import.meta.dirname
  try {
    for (const name of ['playwright-core', 'axe-core'])
      await access(join(folder, 'node_modules', name, 'package.json')).catch(() =>
        promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0'], {
          cwd: folder,
          timeout: 90_000,
        }),
      )
    return true
  } catch {
    return false
  }
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Changes what the reader has before them, without loading it again. */
export async function look(page: Page, { width, colorScheme }: Look): Promise<void> {
  await page.setViewportSize({ width, height: 800 })
  await page.emulateMedia({ colorScheme })
}

/** What axe finds wrong with the page as it is now: the rule, and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window")))
    await page.evaluate(`{ ${await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')}\n }`)
  return (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' at ' + target.join(' '))))`)) as string[]
}

/** What stands out of the window to the right, or is cut off there. */
export async function overflowOf(page: Page): Promise<string[]> {
  return (await page.evaluate(`[...document.querySelectorAll('body, body *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.scrollWidth > Math.max(each.clientWidth, innerWidth) + 1)
    .map((each) => each.tagName + ' ' + each.textContent.slice(0, 40))`)) as string[]
}

/** Goes on by Tab, as somebody without a mouse does, until the focus is at what is so called, where it can be seen. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  while (passed.length < 60) {
    await page.keyboard.press('Tab')
    const [at, isSeen] = (await page.evaluate(`(() => {
      const at = document.activeElement, { left, width, top } = at.getBoundingClientRect()
      const isSeen = getComputedStyle(at).outlineStyle !== 'none' && left >= 0 && width > 0 && top < innerHeight
      return [(at.labels?.[0] ?? at).innerText.trim().replace(/\\s+/g, ' '), isSeen]
    })()`)) as [string, boolean]
    if (!isSeen) throw new Error(`The focus at ${at} cannot be seen`)
    if (at === name) return
    passed.push(at)
  }
  throw new Error(`No way by Tab to ${name}: ${passed.join(', ')}`)
}
