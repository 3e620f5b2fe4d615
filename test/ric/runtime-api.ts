import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a function's runtime reports when it fails, before or during an invocation. */
export interface RuntimeFailure {
  errorType: string
  errorMessage: string
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  address: string
  /** Resolves when the runtime asks for work for the first time; rejects when its initialisation fails. */
  ready: Promise<void>
  /**
   * Hands `event` to the runtime and resolves to its answer. Invocations wait for each other, as in one instance of a
   * Lambda. @throws Error where the function does.
   */
  invoke(event: unknown, timeoutMs: number): Promise<unknown>
  /** Fails whatever waits: the runtime is gone. */
  abandon(reason: Error): void
  close(): void
}

interface Invocation {
  id: string
  event: unknown
  timeoutMs: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

/**
 * The Lambda Runtime API (2018-06-01) for one runtime process, on a free loopback port.
 *
 * @param isTraced Whether invocations are among those that X-Ray takes a sample of.
 */
export async function startRuntimeApi(isTraced: boolean): Promise<RuntimeApi> {
  const waiting: Invocation[] = []
  const running = new Map<string, Invocation>()
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => {})
  let idle: ServerResponse | undefined

  function dispatch() {
    const response = idle
    const invocation = response && waiting.shift()
    if (!response || !invocation) return
    idle = undefined
    running.set(invocation.id, invocation)
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(Date.now() + invocation.timeoutMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:111111111111:function:sallyport',
      'lambda-runtime-trace-id': `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=${Number(isTraced)}`,
    })
    response.end(JSON.stringify(invocation.event))
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const [, resource, id = '', outcome] =
      /^\/2018-06-01\/runtime\/(init|invocation)\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? []
    if (request.method === 'GET' && id === 'next') {
      idle = response
      ready.resolve()
      return dispatch()
    }
    const body: unknown = JSON.parse(await text(request))
    response.writeHead(202).end()
    if (resource === 'init') return ready.reject(failed(body))
    const invocation = running.get(id)
    running.delete(id)
    if (outcome === 'response') invocation?.resolve(body)
    else invocation?.reject(failed(body))
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    address: `127.0.0.1:${port}`,
    ready: ready.promise,
    invoke: (event, timeoutMs) =>
      new Promise((resolve, reject) => {
        waiting.push({ id: randomUUID(), event, timeoutMs, resolve, reject })
        dispatch()
      }),
    abandon(reason) {
      ready.reject(reason)
      for (const { reject } of [...waiting.splice(0), ...running.values()]) reject(reason)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function failed(body: unknown): Error {
  const { errorType, errorMessage } = body as RuntimeFailure
  return new Error(`${errorType}: ${errorMessage}`)
}
