import { Tracer } from '@aws-lambda-powertools/tracer'
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware'
import type { RequestLine } from '../observe/request-line.ts'
import type { Span } from '../observe/span.ts'

/** Members of a request's line that traces can be searched by (X-Ray annotations). */
const ANNOTATED = ['id', 'operation', 'team', 'verdict', 'status'] as const satisfies readonly (keyof RequestLine)[]

/**
 * Traces of AWS X-Ray: of each invocation a segment, below it each thing that it waits for, by its step. They hold names,
 * times and {@link ANNOTATED}; no request, no answer and no URL, which Powertools would add of itself.
 *
 * Loaded where tracing is switched on: the library takes a fifth of a cold start.
 */
export function xrayTracing(serviceName: string) {
  const tracer = new Tracer({ serviceName, captureHTTPsRequests: false })
  const span: Span = (step, work) => {
    const subsegment = tracer.getSegment()?.addNewSubsegment(step)
    const result = work()
    const close = () => subsegment?.close()
    result.then(close, () => {
      subsegment?.addFaultFlag()
      close()
    })
    return result
  }
  return {
    middleware: captureLambdaHandler(tracer, { captureResponse: false }),
    span,
    annotate(line: RequestLine): void {
      for (const member of ANNOTATED) {
        const value = line[member]
        if (value !== undefined) tracer.putAnnotation(member, value)
      }
    },
  }
}
