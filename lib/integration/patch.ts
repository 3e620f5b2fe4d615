/** One step of UpdateIntegration (model: PatchOperation). `value` is always a string on the wire. */
export interface PatchOperation {
  op: 'add' | 'remove' | 'replace'
  /** JSON pointer (RFC 6901). */
  path: string
  value?: string
}
