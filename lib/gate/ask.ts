import type { ApiError } from '../apigateway/api-error.ts'
import type { Integration, MethodPath } from '../apigateway/integration.ts'
import { type FoundOperation, methodPath } from '../apigateway/operations.ts'
import { parsePutIntegration } from '../apigateway/parse.ts'
import type { PatchOperation } from '../apigateway/patch.ts'
import { readPatch } from '../control-plane/operation-call.ts'

const INTEGRATION_OPERATIONS = ['PutIntegration', 'GetIntegration', 'UpdateIntegration', 'DeleteIntegration'] as const
export type IntegrationOperation = (typeof INTEGRATION_OPERATIONS)[number]

/** What a caller asks for, parsed whole: nothing but this is judged, forwarded and recorded. */
export type Ask =
  | { operation: 'GetIntegration'; target: MethodPath }
  | { operation: 'PutIntegration'; target: MethodPath; integration: Integration }
  | { operation: 'UpdateIntegration'; target: MethodPath; patchOperations: PatchOperation[] }
  | { operation: 'DeleteIntegration'; target: MethodPath }

/** Which method's integration an operation is about; `undefined` for an operation beside integrations. */
export function addressed({
  operation,
  params,
}: FoundOperation): { operation: IntegrationOperation; target: MethodPath } | undefined {
  const named = INTEGRATION_OPERATIONS.find((name) => name === operation)
  const target = methodPath(params)
  return named && target && { operation: named, target }
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
      const parsed = readPatch(operation, body)
      return parsed.ok ? { operation, target, patchOperations: parsed.value } : parsed
    }
  }
}
