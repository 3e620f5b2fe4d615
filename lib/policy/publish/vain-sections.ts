import type { PolicySet } from '../document/document.ts'
import type { Finding } from '../document/finding.ts'
import type { Path } from '../document/problem.ts'
import type { Allow, Bounds } from '../document/sections.ts'

/**
 * Sections of a team under which nothing, or nothing of what they name, can pass: what a section leaves unnamed keeps API
 * Gateway's default, and what the bounds leave unnamed of backends is closed.
 */
export function vainSections({ org }: PolicySet, allow: Allow, path: Path): Finding[] {
  return [
    ...vainCredentials(allow.credentials, [...path, 'credentials']),
    ...vainConnection(allow.connection, [...path, 'connection']),
    ...vainCache(allow.cache, [...path, 'cache']),
    ...closedBackends(org.bounds, allow, path),
    ...unjudgedTemplates(allow, path),
  ]
}

function vainCredentials(written: Allow['credentials'], path: Path): Finding[] {
  if (written === undefined || written === 'none' || written.none !== 'never') return []
  if (written.roles !== undefined || written.callerPassThrough === 'allowed') return []
  const message = 'Nothing passes here: credentials must be given, and no role is listed.'
  return [{ path, at: 'key', message, suggestion: 'List roles.' }]
}

function vainConnection(written: Allow['connection'], path: Path): Finding[] {
  if (written?.types?.includes('VPC_LINK') !== true || written.vpcLinks !== undefined) return []
  const message = written.types.includes('INTERNET')
    ? 'No VPC link passes here: none is listed.'
    : 'Nothing passes here: a VPC link is asked for, and none is listed.'
  return [{ path: [...path, 'types'], at: 'key', message, suggestion: 'List vpcLinks.' }]
}

function vainCache(written: Allow['cache'], path: Path): Finding[] {
  if (written === undefined || written === 'none' || written.forbiddenKeys === undefined) return []
  if (written.keyParameters !== undefined || written.requireKeys !== undefined || written.identityKey === 'required')
    return []
  const message = 'These keys are forbidden in vain: no key is allowed, since keyParameters is not written.'
  return [{ path: [...path, 'forbiddenKeys'], at: 'key', message, suggestion: 'List keyParameters.' }]
}

function closedBackends({ uri: bounds }: Bounds, { uri = [] }: Allow, path: Path): Finding[] {
  if (bounds === undefined) return []
  const namesHttp = (bounds.schemes ?? bounds.hosts ?? bounds.ports ?? bounds.paths) !== undefined
  return uri.flatMap((backend, index): Finding[] => {
    const [isOpen, words] =
      'hosts' in backend
        ? [namesHttp, 'HTTP backends']
        : 'lambda' in backend
          ? [bounds.lambda !== undefined, 'Lambda functions']
          : [bounds.aws !== undefined, 'AWS services']
    if (isOpen) return []
    const message = `This never passes: the uri block of the bounds names no ${words}, which closes them.`
    return [{ path: [...path, 'uri', index], at: 'value', message, suggestion: 'Name them in org.bounds.uri.' }]
  })
}

function unjudgedTemplates({ mapping }: Allow, path: Path): Finding[] {
  const written = mapping?.requestTemplates
  const use = typeof written === 'object' ? written.use : written
  if (use !== 'anything') return []
  const message = 'Templates go unjudged here: whoever writes one chooses what reaches the backend.'
  return [{ path: [...path, 'mapping', 'requestTemplates'], at: 'key', message, suggestion: 'Write allowed.' }]
}
