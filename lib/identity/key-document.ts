import { parseJson } from '../apigateway/json.ts'

/** Largest document taken from an issuer, in bytes; after decompression, where `fetch` does that. */
const MAX_BYTES = 65_536
const TIMEOUT_MS = 3000

/** What is read of an answer; a `Response` is one. */
export interface FetchedDocument {
  status: number
  headers: { get(name: string): string | null }
  body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null
}

/** `fetch`, or what stands in for it. Rejects where there is no answer and where `signal` is aborted before its end. */
export type FetchDocument = (
  url: string,
  init: { redirect: 'error'; headers: { accept: string }; signal: AbortSignal },
) => Promise<FetchedDocument>

export interface FetchJsonOptions {
  fetch: FetchDocument
  /** For the whole answer, body included; 3 seconds unless given. */
  timeoutMs?: number
}

/**
 * Fetches a JSON document from an issuer. What answers there may be broken or hostile (a captive portal, a hijacked
 * name): no redirect is followed, the type must be JSON, and reading stops at 64 KiB. Never rejects.
 */
export async function fetchJson(
  url: string,
  { fetch, timeoutMs = TIMEOUT_MS }: FetchJsonOptions,
): Promise<{ ok: true; value: unknown } | { ok: false; problem: string }> {
  const fail = (problem: string) => ({ ok: false as const, problem: `${url} ${problem}` })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { redirect: 'error', headers: { accept: 'application/json' }, signal })
    const body = response.status === 200 && isJson(response) ? await readAtMost(response, MAX_BYTES) : undefined
    if (!body) {
      await response.body?.cancel()
      if (response.status !== 200) return fail(`answered ${response.status}`)
      return fail(isJson(response) ? `answered more than ${MAX_BYTES} bytes` : 'did not answer JSON')
    }
    const parsed = parseJson(body)
    return parsed.ok ? { ok: true, value: parsed.value } : fail('answered broken JSON')
  } catch (error) {
    const thrown = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const cause: unknown = signal.aborted ? signal.reason : thrown
    return fail(`cannot be fetched: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** `application/json` or a type built on it, such as `application/jwk-set+json`. */
function isJson(response: FetchedDocument): boolean {
  const [type = ''] = (response.headers.get('content-type') ?? '').toLowerCase().split(';')
  return /^application\/([a-z0-9.-]+\+)?json$/.test(type.trim())
}

/** The body, or `undefined` once it proves longer; the rest is then not read. */
async function readAtMost(response: FetchedDocument, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
