const SHAPE = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/

/**
 * The trace id of a `traceparent` header (W3C Trace Context §3.2). `undefined` for whatever isn't exactly one: the header
 * is the caller's, and only 32 hexadecimal digits of it ever reach a log.
 */
export function traceIdOf(traceparent: string | null): string | undefined {
  const [, trace, parent] = SHAPE.exec(traceparent ?? '') ?? []
  return trace === '0'.repeat(32) || parent === '0'.repeat(16) ? undefined : trace
}
