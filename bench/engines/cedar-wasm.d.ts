/** What the benchmark uses of it; it is installed only when the benchmark runs. */
declare module '@cedar-policy/cedar-wasm/nodejs' {
  interface Uid {
    type: string
    id: string
  }
  interface Answer {
    type: 'success' | 'failure'
    response?: { decision: 'allow' | 'deny'; diagnostics: { reason: string[]; errors: unknown[] } }
  }
  export function preparsePolicySet(
    id: string,
    policies: { staticPolicies: Record<string, string> },
  ): { type: 'success' | 'failure'; errors?: unknown[] }
  export function statefulIsAuthorized(call: {
    principal: Uid
    action: Uid
    resource: Uid
    context: Record<string, unknown>
    preparsedPolicySetId: string
    entities: unknown[]
  }): Answer
}
