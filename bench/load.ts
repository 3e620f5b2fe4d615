import { connect, type Socket } from 'node:net'

export interface Load {
  seconds: number
  latenciesMs: number[]
  /** Answers by status. */
  statuses: Map<number, number>
}

/**
 * Sends prepared requests over kept-alive connections, each with one request in flight, until all are answered. Plain
 * sockets and ready bytes: an HTTP client would cost more than the servers measured.
 */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<Load> {
  const latenciesMs: number[] = []
  const statuses = new Map<number, number>()
  const queue = requests.values()
  const started = performance.now()

  async function drain() {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    for (const request of queue) {
      const sent = performance.now()
      socket.write(request)
      const status = await answer(socket)
      latenciesMs.push(performance.now() - sent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, drain))
  return { seconds: (performance.now() - started) / 1000, latenciesMs, statuses }
}

/** Resolves to the status of one whole answer, whose length is told by `content-length` or by chunks. */
function answer(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = ''
    function onData(chunk: Buffer) {
      received += chunk.toString('latin1')
      const head = received.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head))?.[1]
      const whole =
        length === undefined ? received.endsWith('\r\n0\r\n\r\n') : received.length >= head + 4 + Number(length)
      if (whole) settle(() => resolve(Number(received.slice(9, 12))))
    }
    const onEnd = () => settle(() => reject(new Error('The server closed the connection')))
    function settle(finish: () => void) {
      socket.off('data', onData).off('error', onError).off('close', onEnd)
      finish()
    }
    const onError = (error: Error) => settle(() => reject(error))
    socket.on('data', onData).on('error', onError).on('close', onEnd)
  })
}
