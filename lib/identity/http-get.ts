import { get, type IncomingMessage } from 'node:http'
import { get as getSecurely } from 'node:https'
import type { FetchDocument } from './key-document.ts'

/**
 * As much of `fetch` as a key set needs, over `node:http`: the first call of `fetch` takes 10 ms of processor time more
 * than this, and a cold start waits for it. Follows no redirect, asks for no compression, keeps no connection for the ten
 * minutes until the next.
 */
export const httpGet: FetchDocument = async (url, { headers, signal }) => {
  const answer = Promise.withResolvers<IncomingMessage>()
  const start = new URL(url).protocol === 'https:' ? getSecurely : get
  // Some issuers' firewalls turn away whoever doesn't say what they are.
  start(url, { headers: { ...headers, 'user-agent': 'sallyport' }, signal, agent: false }, answer.resolve)
    .on('error', answer.reject)
    // Without an answer and without an error: who answers 101 is hung up on.
    .on('close', () => answer.reject(new Error('closed without an answer')))
  const message = await answer.promise
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => message.headersDistinct[name]?.join(', ') ?? null },
    body: {
      // Leaving the iteration early destroys the message, and its connection with it.
      [Symbol.asyncIterator]: () => message[Symbol.asyncIterator](),
      cancel: async () => {
        message.destroy()
      },
    },
  }
}
