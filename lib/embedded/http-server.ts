import { createServer, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'

export interface HttpServer {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** Takes no more connections, lets running requests finish for a moment, then ends what is left. */
  close(): Promise<void>
}

/** The port can't be had; `code` is the system's word for it. */
export class PortUnavailable extends Error {
  override name = 'PortUnavailable'
  readonly code: string
  constructor(port: number, code: string) {
    super(`Port ${port} ${code === 'EADDRINUSE' ? 'is taken' : `can't be used (${code})`}`)
    this.code = code
  }
}

/** What a client that sends slowly, or many at once, may hold. */
export interface ServerLimits {
  /** Milliseconds for the headers, and for the whole request. */
  headersMs: number
  requestMs: number
  /** How often Node looks for those who are over their time, milliseconds. */
  lookMs: number
  connections: number
}
const LIMITS: ServerLimits = { headersMs: 10_000, requestMs: 30_000, lookMs: 1_000, connections: 1_000 }
/** How long a request may still run once the server is to close. */
const CLOSING_MS = 2_000

/**
 * Serves an application on loopback. What never reaches it (a malformed request, an unknown verb, a bad `Host`) is
 * answered in JSON as well, in the form that AWS clients read.
 *
 * @param port 0 for any that is free.
 * @throws {PortUnavailable}
 */
export async function listen(app: Hono, port: number, limits: ServerLimits = LIMITS): Promise<HttpServer> {
  const errorHandler = (error: unknown) => {
    const status = error instanceof RequestError ? 400 : 500
    return new Response(bodyOf(status), { status, headers: headersOf(status) })
  }
  const server = createServer(
    // Node would answer a missing Host itself, without a body.
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.lookMs,
      requireHostHeader: false,
    },
    getRequestListener(app.fetch, { errorHandler }),
  )
  server.maxConnections = limits.connections
  server.on('checkExpectation', (_request, response) => response.writeHead(417, headersOf(417)).end(bodyOf(417)))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const status = STATUS_BY_CODE[error.code ?? ''] ?? 400
    const headers = { ...headersOf(status), connection: 'close' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${bodyOf(status)}`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new PortUnavailable(port, error.code ?? 'unknown')))
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), CLOSING_MS).unref()
      }),
  }
}

const STATUS_BY_CODE: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }

const MESSAGES: Record<number, string> = {
  400: 'The request is not well-formed HTTP.',
  408: 'The request took too long to arrive.',
  417: 'The server can meet no expectation but 100-continue.',
  431: 'The request headers are too large.',
  500: 'The server failed to answer.',
}

function headersOf(status: number): Record<string, string> {
  const type = status === 500 ? 'InternalFailure' : 'BadRequestException'
  const length = String(bodyOf(status).length)
  return { 'content-type': 'application/json', 'content-length': length, 'x-amzn-errortype': type }
}

function bodyOf(status: number): string {
  return JSON.stringify({ message: MESSAGES[status] })
}
