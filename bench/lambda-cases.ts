import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleFunction } from '../scripts/bundle.ts'
import { publishExceptions, publishPolicy } from '../scripts/policy.ts'
import type { HttpRequest } from '../test/ric/http-event.ts'
import { stubPackage } from './stub-package.ts'

/** A request to a function, and the status that shows that it did what it is measured for. */
export interface LambdaCase {
  request: HttpRequest
  status: number
}

export const HEALTH: LambdaCase = { request: { method: 'GET', url: '/healthz' }, status: 200 }

/** A `PutIntegration` that the example's policy allows (`timeoutInMillis` 5000) or denies (20,000). */
export function put(token: string, verdict: 'allowed' | 'denied'): LambdaCase {
  return {
    request: {
      method: 'PUT',
      url: '/restapis/a1b2c3d4e5/resources/9x8y7z/methods/GET/integration',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'HTTP_PROXY',
        httpMethod: 'GET',
        uri: 'https://ledger.payments.acme.internal/v1/orders',
        connectionType: 'VPC_LINK',
        connectionId: 'vl-pay01',
        timeoutInMillis: verdict === 'allowed' ? 5000 : 20_000,
      }),
    },
    status: verdict === 'allowed' ? 201 : 403,
  }
}

/** Bundles `entry` as it would be deployed, with the example's policy, into a folder of its own below `folder`. */
export async function bundled(folder: string, name: string, entry: string, stubbed?: string): Promise<string> {
  const directory = join(folder, name.replaceAll(/\W/g, '-'))
  await bundleFunction(entry, directory, stubbed ? [stubPackage(stubbed)] : [])
  const policy = await publishPolicy('examples/policy.yaml')
  await writeFile(join(directory, 'policy.json'), JSON.stringify(policy))
  const exceptions = await publishExceptions('examples/policy.yaml', policy)
  await writeFile(join(directory, 'exceptions.json'), JSON.stringify(exceptions))
  return directory
}
