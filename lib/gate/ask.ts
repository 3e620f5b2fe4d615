import type { ApiError } from '../integration/api-error.ts'
import type { Integration, MethodPath } from '../integration/integration.ts'
import { findOperation, parseMethodPath } from '../integration/operations.ts'
import { parsePutIntegration } from '../integration/parse.ts'
import { type PatchOperation, parseUpdateIntegration } from '../integration/patch.ts'

/** A request on the AWS paths as far as it could be understood before anybody knows who sent it. */
export type Addressed =
  | { operation: IntegrationOperation; target: MethodPath }
  /** Another operation of API Gateway, by its model name; the gate doesn't serve it. */
  | { operation: string; target?: undefined }

const INTEGRATION_OPERATIONS = ['PutIntegration', 'GetIntegration', 'UpdateIntegration', 'DeleteIntegration'] as const
export type IntegrationOperation = (typeof INTEGRATION_OPERATIONS)[number]

/** What a caller asks for, parsed whole: nothing but this is judged, forwarded and recorded. */
export type Ask =
  | { operation: 'GetIntegration'; target: MethodPath }
  | { operation: 'PutIntegration'; target: MethodPath; integration: Integration }
  | { operation: 'UpdateIntegration'; target: MethodPath; patchOperations: PatchOperation[] }
  | { operation: 'DeleteIntegration'; target: MethodPath }

/**
 * Which operation a verb and a raw path name. `undefined` where API Gateway has no such operation, which includes every
 * path that spells an id in a way two parsers could read differently.
 */
export function addressed(verb: string, path: string, query: string): Addressed | undefined {
  const found = findOperation(verb, path, query)
  if (!found) return undefined
  const { operation } = found
  if (!isIntegrationOperation(operation)) return { operation }
  const target = parseMethodPath(path)
  return target.ok ? { operation, target: target.value } : undefined
}

function isIntegrationOperation(operation: string): operation is IntegrationOperation {
  return (INTEGRATION_OPERATIONS as readonly string[]).includes(operation)
}

/** Reads the body that an operation takes. A read and a deletion take none; what came with them is not looked at. */
export function understand(
  { operation, target }: { operation: IntegrationOperation; target: MethodPath },
  body: Uint8Array,
): Ask | { error: ApiError } {
  switch (operation) {
    case 'GetIntegration':
    case 'DeleteIntegration':
      return { operation, target }
    case 'PutIntegration': {
      const parsed = parsePutIntegration(body)
      return parsed.ok ? { operation, target, integration: parsed.value } : parsed
    }
    case 'UpdateIntegration': {
      const parsed = parseUpdateIntegration(body)
      return parsed.ok ? { operation, target, patchOperations: parsed.value } : parsed
    }
  }
}
