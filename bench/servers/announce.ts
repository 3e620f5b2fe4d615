import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'

/** Tells the process that started this server where it listens and, whenever asked, what it has used of the processor. */
export function announce(address: AddressInfo | string | null): void {
  process.on('message', () => process.send?.(process.cpuUsage()))
  if (address && typeof address === 'object') process.send?.(address.port)
}

/** The issuer's public key, which that process hands over as JSON. */
export function issuerKey(): JWK {
  return JSON.parse(process.env.BENCH_JWK ?? '{}')
}
