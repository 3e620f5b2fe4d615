/** Role ARNs, read by hand: `arn:partition:iam::account:role/path/name`. */
const ROLE = /^arn:(aws[a-z-]*):iam::([0-9]{12}):role(\/(?:[A-Za-z0-9+=,.@_-]+\/)*)([A-Za-z0-9+=,.@_-]+)$/

export function isRole(credentials: string): boolean {
  return ROLE.test(credentials)
}

export function roleParts(credentials: string): { partition: string; account: string; path: string; name: string } {
  const [, partition = '', account = '', path = '', name = ''] = ROLE.exec(credentials) ?? []
  return { partition, account, path, name }
}
