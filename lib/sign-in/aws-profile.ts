import { isKeyUrl } from '../identity/issuers.ts'

/** What an AWS client needs to go through the gate, and nothing else. */
export interface AwsProfile {
  name: string
  /** The gate. */
  endpoint: string
  region?: string
  /** The program that prints credentials and its arguments. */
  credentialProcess: readonly string[]
}

export type ProfileEdit =
  | { ok: true; text: string }
  /** A section of that name is there and not ours. */
  | { ok: false; problem: 'foreign'; section: string }
  | { ok: false; problem: 'invalid'; message: string }

/** No character that an INI file, a shell or a reader of section names takes for more than itself. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,127}$/
const REGION = /^[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}$/

/**
 * Writes a profile into the text of an AWS configuration file: the sections `[profile NAME]` and `[services NAME]`,
 * between two comments by which they are found again. Everything else stays as it is, byte for byte; a second time
 * changes nothing.
 *
 * @param text One character per byte (latin1), so that bytes of whatever encoding pass through.
 * @param force Removes sections of these names that were written by somebody else.
 */
export function withProfile(text: string, profile: AwsProfile, { force }: { force: boolean }): ProfileEdit {
  const message = objectionTo(profile)
  if (message !== undefined) return { ok: false, problem: 'invalid', message }
  const { name } = profile
  const newline = /\r?\n/.exec(text)?.[0] ?? '\n'
  const block = bytesOf(linesOf(profile).join(newline) + newline)
  const ours = findBlock(text, name)
  const before = text.slice(0, ours?.start ?? text.length)
  const after = text.slice(ours?.end ?? text.length)

  const [foreign] = [...sectionsNamed(before, name), ...sectionsNamed(after, name)]
  if (foreign && !force) return { ok: false, problem: 'foreign', section: foreign.title }
  const head = withoutSections(before, name)
  // A line of its own; a blank one to whatever precedes it, where it is new.
  const gap = head === '' || ours ? '' : head.endsWith('\n') ? newline : newline + newline
  return { ok: true, text: head + gap + block + withoutSections(after, name) }
}

function objectionTo({ name, endpoint, region, credentialProcess }: AwsProfile): string | undefined {
  if (!NAME.test(name)) return 'A profile is named by letters, digits and _ . @ + - only.'
  if (!isKeyUrl(endpoint, true) || /[\s"']/.test(endpoint))
    return 'The endpoint must be an https URL (http on 127.0.0.1, [::1] or localhost): the token is sent there.'
  if (region !== undefined && !REGION.test(region)) return `"${region}" is not a Region, such as eu-west-1.`
  // A line break would end the setting, and what follows be a setting of its own.
  if (credentialProcess.some((part) => /\p{Cc}/u.test(part))) return 'A path with control characters cannot be written.'
  return undefined
}

const opening = (name: string) => `# sallyport ${name}: written by "sallyport setup-profile", which replaces it whole`
const closing = (name: string) => `# sallyport ${name}: end`

/** The service twice: the Rust SDK looks for the name with a hyphen, every other for the one with an underscore. */
function linesOf({ name, endpoint, region, credentialProcess }: AwsProfile): string[] {
  return [
    opening(name),
    `[${profileTitle(name)}]`,
    ...(region === undefined ? [] : [`region = ${region}`]),
    `credential_process = ${credentialProcess.map(quoted).join(' ')}`,
    `services = ${name}`,
    '',
    `[services ${name}]`,
    ...['api_gateway', 'api-gateway'].flatMap((service) => [`${service} =`, `  endpoint_url = ${endpoint}`]),
    closing(name),
  ]
}

function profileTitle(name: string): string {
  return name === 'default' ? name : `profile ${name}`
}

/**
 * One word for those who split the line as a POSIX shell does (botocore) and for those who give it to one (the
 * JavaScript and Go SDKs).
 */
function quoted(word: string): string {
  if (/^[A-Za-z0-9_./:@=+,-]+$/.test(word)) return word
  if (process.platform === 'win32') return `"${word}"`
  return `'${word.replaceAll("'", `'"'"'`)}'`
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** From the line of the opening comment to the end of the closing one's. */
function findBlock(text: string, name: string): { start: number; end: number } | undefined {
  const lines = linesIn(text)
  const first = lines.findIndex(({ content }) => content === opening(name))
  const last = lines.findIndex(({ content }, index) => index > first && content === closing(name))
  const [from, to] = [lines[first], lines[last]]
  return first >= 0 && from && to ? { start: from.start, end: to.end } : undefined
}

interface Section {
  title: string
  start: number
  end: number
}

/** The sections an AWS client would take for ours. Each ends where the next begins. */
function sectionsNamed(text: string, name: string): Section[] {
  const headers = linesIn(text).flatMap(({ content, start }) => {
    const title = sectionTitle(content)
    return title === undefined ? [] : [{ title, start }]
  })
  return headers
    .map(({ title, start }, index) => ({ title, start, end: headers[index + 1]?.start ?? text.length }))
    .filter(({ title }) => isOurs(title, name))
}

/** @returns `undefined` for a line that begins no section. */
export function sectionTitle(line: string): string | undefined {
  return /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim()
}

/** Titles are split as botocore does, by spaces and with quotes: `[profile "gate"]` is `[profile gate]`. */
function isOurs(title: string, name: string): boolean {
  const words = title.split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
  const [kind, of] = words
  if (name === 'default' && words.length === 1 && kind === 'default') return true
  return words.length === 2 && (kind === 'profile' || kind === 'services') && of === name
}

function withoutSections(text: string, name: string): string {
  let kept = ''
  let from = 0
  for (const { start, end } of sectionsNamed(text, name)) {
    kept += text.slice(from, start)
    from = end
  }
  return kept + text.slice(from)
}

function linesIn(text: string): { content: string; start: number; end: number }[] {
  const lines: { content: string; start: number; end: number }[] = []
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline + 1
    lines.push({ content: text.slice(start, end).replace(/\r?\n$/, ''), start, end })
    start = end
  }
  return lines
}
