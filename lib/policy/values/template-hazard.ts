import { foldHeader } from '../../decision/compile/parameter-pattern.ts'
import { type Hazard, hazard } from './uri-hazard.ts'

/** API Gateway's limit on one template, in UTF-8 bytes. */
const MAX_BYTES = 307_200

/**
 * What a mapping template (VTL) may never do, as far as its text shows. Overrides change the request after every
 * mapping that was judged; a key put together at run time could name any of them, so each use of `$context` must be a
 * plain dotted name.
 *
 * @param overrides Names that `$context.requestOverride` may set, for example `header.x-tenant`, as `foldHeader` gives them.
 */
export function templateHazards(template: string, overrides: readonly string[]): Hazard[] {
  if (Buffer.byteLength(template) > MAX_BYTES) {
    return [hazard('size', 'template', template.length, `A template is ${MAX_BYTES} bytes at most.`)]
  }
  if (!template.includes('$') && !template.includes('#')) return []
  const hazards: Hazard[] = []
  const directive = /#\{?(?:evaluate|parse|include|define|macro)\b/.exec(template)
  if (directive) {
    const message = 'Directives that run or define templates hide what a template does.'
    hazards.push(hazard('directive', 'template', directive[0], message))
  }
  const reflection = /\.\s*(?:class\b|getClass\b|forName\b)/.exec(template)
  if (reflection) hazards.push(hazard('reflection', 'template', reflection[0], 'A template may not reach classes.'))
  if (template.includes('responseOverride')) {
    const message = 'A request template may not forge the answer (responseOverride).'
    hazards.push(hazard('response-override', 'template', 'responseOverride', message))
  }
  const computed = computedContext(template)
  if (computed !== undefined) {
    const message = 'A key on $context that is put together at run time could name any override.'
    hazards.push(
      hazard('computed-context', 'template', computed, message, 'Write $context and its members as one dotted name.'),
    )
  }
  const override = closedOverride(template, overrides)
  if (override !== undefined) {
    const message = 'requestOverride changes the request after every mapping that was judged.'
    hazards.push(hazard('request-override', 'template', override, message))
  }
  return hazards
}

const CONTEXT = /\$!?\{?context/g
const DOTTED = /(?:\.[A-Za-z_][A-Za-z0-9_-]{0,100}){1,10}/y

/** The first use of `$context` that is not a dotted name: a bracket, a method call, or the whole object handed on. */
function computedContext(template: string): string | undefined {
  for (const { 0: start, index } of template.matchAll(CONTEXT)) {
    DOTTED.lastIndex = index + start.length
    const dotted = DOTTED.exec(template)
    const end = index + start.length + (dotted?.[0].length ?? 0)
    const rest = template.slice(end, end + 8)
    const isOtherName = dotted === null && /^[A-Za-z0-9_-]/.test(rest)
    if (isOtherName) continue // $contextual
    if (dotted === null || (/^\}?\s*[[(.]/.test(rest) && !/^\}?\.(?![A-Za-z_])/.test(rest)))
      return template.slice(index, end + 8)
  }
  return undefined
}

const OVERRIDE = /requestOverride/g
const OPENED = /^requestOverride\.((?:header|path|querystring)\.[A-Za-z0-9_-]{1,200})(?![A-Za-z0-9_.([-])/

/** The first `requestOverride` that does not set a name the policy opens. */
function closedOverride(template: string, overrides: readonly string[]): string | undefined {
  for (const { index } of template.matchAll(OVERRIDE)) {
    const written = template.slice(index, index + 240)
    const [, name] = template.slice(0, index).endsWith('$context.') ? (OPENED.exec(written) ?? []) : []
    if (name === undefined || !overrides.includes(foldHeader(name))) return written.slice(0, 80)
  }
  return undefined
}

/** Operations that a template names in the query protocol (`Action=SendMessage`); `undefined` for one not written out. */
export function actionsIn(template: string): (string | undefined)[] {
  return [...template.matchAll(/(?<![A-Za-z0-9_-])action\s*=\s*([A-Za-z0-9]{0,128})(\S?)/gi)].map(([, name, next]) =>
    name !== '' && (next === '' || next === '&') ? name : undefined,
  )
}
