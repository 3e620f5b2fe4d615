import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AwsProfile, withProfile } from '../../lib/sign-in/aws-profile.ts'

const gate: AwsProfile = {
  name: 'gate',
  endpoint: 'https://gate.acme.example',
  region: 'eu-west-1',
  credentialProcess: ['/usr/bin/node', '/opt/sallyport/functions/sallyport.ts', 'credentials'],
}

const BLOCK = `# sallyport gate: written by "sallyport setup-profile", which replaces it whole
[profile gate]
region = eu-west-1
credential_process = /usr/bin/node /opt/sallyport/functions/sallyport.ts credentials
services = gate

[services gate]
api_gateway =
  endpoint_url = https://gate.acme.example
api-gateway =
  endpoint_url = https://gate.acme.example
# sallyport gate: end
`

function written(text: string, profile = gate, force = false): string {
  const edit = withProfile(text, profile, { force })
  if (!edit.ok) throw new Error(JSON.stringify(edit))
  return edit.text
}

describe('withProfile()', () => {
  it.each([
    { it: 'an empty file', text: '', want: BLOCK },
    { it: 'other profiles', text: '[default]\nregion=x\n', want: `[default]\nregion=x\n\n${BLOCK}` },
    { it: 'a file without a last line break', text: '[default]\nregion=x', want: `[default]\nregion=x\n\n${BLOCK}` },
    {
      it: 'names that only begin alike',
      text: '[profile gate2]\n[services gates]\n[sso-session gate]\n',
      want: `[profile gate2]\n[services gates]\n[sso-session gate]\n\n${BLOCK}`,
    },
    {
      it: 'an older block, in its place',
      text: `[a]\n\n${BLOCK.replace('acme', 'old')}[z]\nk = v\n`,
      want: `[a]\n\n${BLOCK}[z]\nk = v\n`,
    },
    { it: 'lines ended as on Windows', text: '[a]\r\n', want: `[a]\r\n\r\n${BLOCK.replaceAll('\n', '\r\n')}` },
  ])('writes into $it', ({ text, want }) => {
    expect(written(text)).toBe(want)
    expect(written(want)).toBe(want)
  })

  it('keeps everything else byte for byte, and changes nothing the second time', () => {
    const lines = fc.constantFrom(
      '[profile a]',
      '[default]',
      'k = v',
      '  nested = 1',
      '# c',
      '; c',
      '',
      '\t',
      'caf\xc3\xa9 = \xff',
    )
    fc.assert(
      fc.property(
        fc.array(lines),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(lines),
        (head, eol, ends, tail) => {
          const before = head.join(eol) + (ends ? eol : '')
          const once = written(before)
          expect(once.startsWith(before)).toBe(true)
          expect(written(once)).toBe(once)
          // Somebody goes on writing below; another endpoint then changes the block and nothing around it.
          const more = once + tail.join(eol)
          const moved = written(more, { ...gate, endpoint: 'https://other.acme.example' })
          expect(moved).toBe(more.replaceAll('https://gate.acme.example', 'https://other.acme.example'))
        },
      ),
    )
  })

  it('keeps two profiles apart', () => {
    const both = written(written(''), { ...gate, name: 'gate-prod' })
    expect(both).toContain(BLOCK)
    expect(written(both, { ...gate, name: 'gate-prod' })).toBe(both)
  })

  it('writes the default profile under its own title', () => {
    expect(written('', { ...gate, name: 'default' })).toContain('\n[default]\nregion')
    expect(withProfile('[default]\n', { ...gate, name: 'default' }, { force: false })).toMatchObject({
      problem: 'foreign',
    })
  })

  it.each([
    '[profile gate]\nregion = x\n',
    '[services gate]\ns3 =\n  endpoint_url = http://x\n',
    ' [ profile  gate ]  # mine\n',
    '[profile "gate"]\n',
    "[profile 'gate']\r\n",
    `${BLOCK}\n[profile gate]\nregion = x\n`,
  ])('leaves somebody else’s section alone: %j', (text) => {
    expect(withProfile(text, gate, { force: false })).toMatchObject({ ok: false, problem: 'foreign' })
  })

  it('replaces it by force, and nothing beside it', () => {
    const text = '[a]\nk=v\n[profile gate]\nregion = x\n# of gate\n[b]\n[services gate]\nx =\n  y = 1\n[c]\nk=v\n'
    expect(written(text, gate, true)).toBe(`[a]\nk=v\n[b]\n[c]\nk=v\n\n${BLOCK}`)
  })

  it.each<[string, Partial<AwsProfile>]>([
    ['a name with a bracket', { name: 'gate]' }],
    ['a name with a line break', { name: 'gate\n[default]' }],
    ['no name', { name: '' }],
    ['an endpoint in the open', { endpoint: 'http://gate.acme.example' }],
    ['an endpoint with a line break', { endpoint: 'https://gate.acme.example/\ncredential_process = evil' }],
    ['a Region with a line break', { region: 'eu-west-1\nx = y' }],
    ['a Region that is none', { region: 'Ireland' }],
    ['a path with a line break', { credentialProcess: ['/a\n/b'] }],
  ])('refuses %s', (_it, members) => {
    expect(withProfile('', { ...gate, ...members }, { force: true })).toMatchObject({ ok: false, problem: 'invalid' })
  })

  it('quotes a path for those who split the line and for those who give it to a shell', () => {
    const text = written('', { ...gate, credentialProcess: ["/home/Ana's $HOME/node", 'x'] })
    expect(text).toContain(`credential_process = '/home/Ana'"'"'s $HOME/node' x\n`)
  })
})
