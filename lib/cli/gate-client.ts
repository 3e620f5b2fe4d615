import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSettings, SETTINGS } from '../sign-in/settings.ts'
import { oneLine, SignInError } from '../sign-in/sign-in-error.ts'
import { CannotJudge } from './cannot-judge.ts'
import { currentSession } from './credentials.ts'
import type { SignInSurroundings } from './sign-in-surroundings.ts'
import type { Terminal } from './terminal.ts'

/** How to reach the gate, as on the command line. */
export interface GateFlags {
  endpoint?: string
  /** A file that holds a token and nothing else. */
  tokenFile?: string
}

/** Asks one gate, as whoever is signed in. */
export interface GateClient {
  /** @throws {GateRefused} {CannotJudge} where it can't be reached, or nobody is signed in. */
  get(path: string, options?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>
  post(path: string, body: string): Promise<Response>
}

/** The gate answered, and not with what was asked for. */
export class GateRefused extends CannotJudge {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** How long the gate may take to begin its answer, in milliseconds. */
const ANSWER_MS = 30_000
/** Tries of a request that the gate answers 429, and the longest that each wait may take, in seconds. */
const TRIES = 6
const LONGEST_WAIT = 60

/**
 * The token is that of a file, else SALLYPORT_TOKEN, else of the sign-in; it is looked at anew for each request, so that
 * a long one outlives it.
 *
 * @throws {CannotJudge} where nothing says where the gate is.
 */
export async function gateClient(
  { endpoint: given, tokenFile }: GateFlags,
  terminal: Pick<Terminal, 'now'>,
  surroundings: Pick<SignInSurroundings, 'env' | 'home'>,
): Promise<GateClient> {
  const { env, home } = surroundings
  const isSignedIn = tokenFile === undefined && !env.SALLYPORT_TOKEN
  const { endpoint } = await expected(async () => {
    const last = isSignedIn ? (await currentSession(terminal, surroundings)).settings : undefined
    return readSettings(home, { flags: { endpoint: given }, env, last })
  })
  if (endpoint === undefined) {
    throw new CannotJudge(`Where is the gate? Give --endpoint, or set ${SETTINGS.endpoint}.`)
  }

  async function token(): Promise<string> {
    if (tokenFile !== undefined) {
      const text = await readFile(tokenFile, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
        throw new CannotJudge(`${tokenFile}: It can't be read: ${code}.`)
      })
      return text.trim()
    }
    return env.SALLYPORT_TOKEN || (await expected(() => currentSession(terminal, surroundings))).accessToken
  }

  /** An export is many requests: one that comes too soon waits for its turn, as AWS clients do. */
  async function ask(path: string, init: RequestInit): Promise<Response> {
    for (let tried = 1; ; tried++) {
      const response = await askOnce(path, init)
      if (response.ok) return response
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      if (response.status !== 429 || tried === TRIES || !(seconds <= LONGEST_WAIT)) throw await refused(response)
      await response.body?.cancel()
      await sleep(seconds * 1000, undefined, init.signal ? { signal: init.signal } : {})
    }
  }

  async function askOnce(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, endpoint)
    const headers = { authorization: `Bearer ${await token()}`, ...init.headers }
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), ANSWER_MS)
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal
    try {
      // The token goes where it was meant to go and no further.
      return await fetch(url, { ...init, headers, signal, redirect: 'error' })
    } catch (cause) {
      throw new CannotJudge(`The gate at ${url.origin} cannot be reached.`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    get: (path, options = {}) => ask(path, options),
    post: (path, body) => ask(path, { method: 'POST', body }),
  }
}

async function refused(response: Response): Promise<GateRefused> {
  const { detail = '' } = (await response.json().catch(() => ({}))) as { detail?: unknown }
  return new GateRefused(response.status, oneLine(`The gate refuses (${response.status}). ${detail}`))
}

async function expected<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof SignInError) throw new CannotJudge(error.message, { cause: error })
    throw error
  }
}
