import { integrationAnswer } from '../../lib/apigateway/effective.ts'
import type { Integration, MethodPath } from '../../lib/apigateway/integration.ts'
import { applyPatch } from '../../lib/apigateway/patch.ts'
import type {
  Change,
  ChangeOptions,
  ControlPlane,
  UpstreamAnswer,
  UpstreamIntegration,
} from '../../lib/control-plane/control-plane.ts'
import type { OperationCall } from '../../lib/control-plane/operation-call.ts'

/** API Gateway in memory: what it holds, what was sent to it, and a script of how the next calls go wrong. */
export interface MemoryControlPlane extends ControlPlane {
  stored: Map<string, Integration>
  changes: { change: Change; tag: string }[]
  reads: MethodPath[]
  /** What was asked of other operations than the four on integrations. */
  calls: OperationCall[]
  /** Their answers, in order; 200 and an empty object where none is left. */
  answers: UpstreamAnswer[]
  /** The next change is not applied, or applied, and answered so. */
  failNext(answer: UpstreamAnswer, options?: { applied?: boolean }): void
}

const upstream = { requestId: 'upstream-1', latencyMs: 1 }

export function memoryControlPlane(): MemoryControlPlane {
  const stored = new Map<string, Integration>()
  const changes: MemoryControlPlane['changes'] = []
  const reads: MethodPath[] = []
  const calls: OperationCall[] = []
  const answers: UpstreamAnswer[] = []
  const script: { answer: UpstreamAnswer; applied: boolean }[] = []
  const keyOf = ({ restApiId, resourceId, httpMethod }: MethodPath) => `${restApiId}/${resourceId}/${httpMethod}`

  function apply(change: Change): UpstreamAnswer {
    const { target } = change
    const key = keyOf(target)
    const current = stored.get(key)
    if (change.operation === 'PutIntegration') {
      stored.set(key, change.integration)
      return { kind: 'done', status: 201, integration: answerOf(change.integration, target), upstream }
    }
    if (!current) return missing()
    if (change.operation === 'DeleteIntegration') {
      stored.delete(key)
      return { kind: 'done', status: 204, upstream }
    }
    const patched = applyPatch(current, change.patchOperations)
    if (!patched.ok) {
      const { status, type: errorType, message } = patched.error
      return { kind: 'refused', status, errorType, message, upstream }
    }
    stored.set(key, patched.value)
    return { kind: 'done', status: 200, integration: answerOf(patched.value, target), upstream }
  }

  return {
    stored,
    changes,
    reads,
    calls,
    answers,
    failNext: (answer, { applied = false } = {}) => void script.push({ answer, applied }),
    async getIntegration(target) {
      reads.push(target)
      const current = stored.get(keyOf(target))
      return current ? { kind: 'done', status: 200, integration: answerOf(current, target), upstream } : missing()
    },
    async change(change: Change, { fence, tag }: ChangeOptions) {
      await fence()
      changes.push({ change, tag })
      const failure = script.shift()
      const answer = !failure || failure.applied ? apply(change) : undefined
      return failure?.answer ?? answer ?? missing()
    },
    async read(call) {
      calls.push(call)
      return answers.shift() ?? { kind: 'done', status: 200, document: {}, upstream }
    },
    async perform(call, { fence }) {
      await fence()
      calls.push(call)
      return answers.shift() ?? { kind: 'done', status: 200, document: {}, upstream }
    },
  }
}

function answerOf(integration: Integration, { resourceId }: MethodPath): UpstreamIntegration {
  return integrationAnswer(integration, resourceId) as UpstreamIntegration
}

function missing(): UpstreamAnswer {
  const message = 'Invalid Integration identifier specified'
  return { kind: 'refused', status: 404, errorType: 'NotFoundException', message, upstream }
}
