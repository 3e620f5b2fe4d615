import type { Entry } from './openapi-page.ts'

type Content = Record<string, { example?: unknown }>

/** How the operation is called from a shell, with its example's values; `$GATE` and `$TOKEN` are the reader's. */
export function commandOf({ verb, path, security, parameters = [], requestBody }: Entry): string {
  const given = parameters.filter(({ example }) => example !== undefined)
  const at = given.reduce((so, { name, example }) => so.replace(`{${name}}`, String(example)), path)
  const query = given.filter((each) => each.in === 'query').map(({ name, example }) => `${name}=${example}`)
  const url = `"$GATE${at}${query.length > 0 ? `?${query.join('&')}` : ''}"`
  const body = shownExample(requestBody?.content)
  const isBytes = path.includes('{tile}')
  return [
    `curl -s${verb === 'GET' ? '' : ` -X ${verb}`} ${url}`,
    ...(security?.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body === undefined ? [] : [`-d '${body.replaceAll("'", "'\\''")}'`]),
    ...(isBytes ? ['-o tile'] : []),
  ].join(' \\\n  ')
}

/** The example of the first media type: text as it is, anything else as JSON to be read. */
export function shownExample(content: Content = {}): string | undefined {
  const example = Object.values(content)[0]?.example
  if (example === undefined) return undefined
  return typeof example === 'string' ? example : readable(example)
}

/** Characters. */
const LINE = 84

/** JSON in lines of at most {@link LINE} characters where it can be, and in no more lines than that takes. */
function readable(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const parts = (within: string) =>
    Array.isArray(value)
      ? value.map((each) => readable(each, within))
      : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${readable(each, within)}`)
  const [open, close, space] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', ' ']
  const flat = `${open}${space}${parts(inner).join(', ')}${space}${close}`
  if (flat.length + indent.length <= LINE && !flat.includes('\n')) return flat
  return `${open}\n${parts(inner)
    .map((part) => inner + part)
    .join(',\n')}\n${indent}${close}`
}
