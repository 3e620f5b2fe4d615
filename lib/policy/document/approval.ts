/**
 * Who approves an exception, for the checks at publish and for the evaluator alike: one comparison, so that nobody
 * approves an own request by another spelling of an own name.
 */

/** Characters that are not seen: zero-width characters, soft hyphens, variation selectors. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu

/**
 * The text by which two spellings of a name are compared: compatibility forms are one (NFKC), upper and lower case too
 * (`ß` is `SS`), white space at the ends and characters that are not seen count for nothing. Empty for a name of nobody.
 */
export function personKey(name: string): string {
  const seen = name.normalize('NFKC').replace(UNSEEN, '')
  return seen.toUpperCase().toLowerCase().normalize('NFKC').trim().replace(/\s+/gu, ' ')
}

export interface Approval {
  requestedBy: string
  approvedBy: readonly string[]
}

/** Approvals that are none: by who asked, or by nobody. */
export function voidApprovals({ requestedBy, approvedBy }: Approval): { index: number; by: 'requester' | 'nobody' }[] {
  const requester = personKey(requestedBy)
  const found: ReturnType<typeof voidApprovals> = []
  for (const [index, name] of approvedBy.entries()) {
    const key = personKey(name)
    if (key === '') found.push({ index, by: 'nobody' })
    else if (key === requester) found.push({ index, by: 'requester' })
  }
  return found
}

/** Whether somebody else than who asked has approved. */
export function isApproved(approval: Approval): boolean {
  if (personKey(approval.requestedBy) === '') return false
  return approval.approvedBy.length > voidApprovals(approval).length
}
