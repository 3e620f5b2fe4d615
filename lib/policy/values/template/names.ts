/**
 * Methods that only read. They are those of strings, lists, maps, entries and numbers that templates in use call; a
 * method that is not here could change what it is called on, or reach a class.
 */
export const READERS: ReadonlySet<string> = new Set([
  'charAt',
  'compareTo',
  'compareToIgnoreCase',
  'concat',
  'contains',
  'containsAll',
  'containsKey',
  'containsValue',
  'doubleValue',
  'endsWith',
  'entrySet',
  'equals',
  'equalsIgnoreCase',
  'floatValue',
  'get',
  'getKey',
  'getOrDefault',
  'getValue',
  'hasNext',
  'indexOf',
  'intValue',
  'isBlank',
  'isEmpty',
  'keySet',
  'lastIndexOf',
  'length',
  'longValue',
  'matches',
  'replace',
  'replaceAll',
  'replaceFirst',
  'size',
  'split',
  'startsWith',
  'strip',
  'subList',
  'substring',
  'toLowerCase',
  'toString',
  'toUpperCase',
  'trim',
  'values',
])

/** Methods among them whose result is a number or a truth value. */
export const MEASURES: ReadonlySet<string> = new Set([
  'compareTo',
  'compareToIgnoreCase',
  'contains',
  'containsAll',
  'containsKey',
  'containsValue',
  'doubleValue',
  'endsWith',
  'equals',
  'equalsIgnoreCase',
  'floatValue',
  'hasNext',
  'indexOf',
  'intValue',
  'isBlank',
  'isEmpty',
  'lastIndexOf',
  'length',
  'longValue',
  'matches',
  'size',
  'startsWith',
])

/** Members and methods that lead from any value to its class, in lower case: Velocity tries both cases of the first letter. */
export const REFLECTION: ReadonlySet<string> = new Set([
  'class',
  'classloader',
  'declaringclass',
  'forname',
  'getclass',
  'getclassloader',
  'getdeclaringclass',
  'getmethod',
  'getmethods',
  'invoke',
  'newinstance',
])

/** `$input.…`: `body` is a member, the others take at most one argument. */
export const INPUT_METHODS: ReadonlySet<string> = new Set(['json', 'path', 'params'])

export const UTIL_METHODS: ReadonlySet<string> = new Set([
  'escapeJavaScript',
  'parseJson',
  'urlEncode',
  'urlDecode',
  'base64Encode',
  'base64Decode',
])

/** What Velocity itself keeps while a loop runs. */
export const LOOP_MEMBERS: ReadonlySet<string> = new Set([
  'hasNext',
  'index',
  'count',
  'first',
  'last',
  'parent',
  'topmost',
])

/** Variables that exist without a `#set`. */
export const RESERVED: ReadonlySet<string> = new Set([
  'input',
  'util',
  'context',
  'stageVariables',
  'foreach',
  'velocityCount',
  'velocityHasNext',
])

/** Directives outside the grammar, by what is wrong with them. */
export const OTHER_DIRECTIVES: ReadonlyMap<string, string> = new Map([
  ['macro', 'macro'],
  ['evaluate', 'directive'],
  ['parse', 'directive'],
  ['include', 'directive'],
  ['literal', 'directive'],
  ['break', 'directive'],
  ['stop', 'directive'],
  ['return', 'directive'],
])

/** Maps below `$context`, by their path: reading one of them reads all its members. */
export const CONTEXT_MAPS: ReadonlySet<string> = new Set([
  'authorizer',
  'authorizer.claims',
  'authorize',
  'error',
  'identity',
  'identity.clientCert',
  'identity.clientCert.validity',
  'integration',
  'waf',
])

/** Members of `$context` that AWS makes from letters, digits, dots, colons and hyphens alone. */
export const CONTEXT_IDENTIFIERS: ReadonlySet<string> = new Set([
  'accountId',
  'apiId',
  'awsEndpointRequestId',
  'deploymentId',
  'httpMethod',
  'identity.accountId',
  'identity.sourceIp',
  'requestId',
  'requestTimeEpoch',
  'resourceId',
  'stage',
])
