import { describe, expect, it } from 'vitest'
import { parsePattern, patternOf } from '../../../lib/policy/patterns/parse.ts'
import type { PatternKind } from '../../../lib/policy/patterns/pattern.ts'

const ROLE = 'arn:aws:iam::111111111111:role'

describe('what is no pattern, and how it should read', () => {
  const rows: [it: string, kind: PatternKind, text: string, nearest?: string][] = [
    ['a host in upper case', 'host', 'API.acme.example', 'api.acme.example'],
    ['a URL for a host', 'host', 'https://api.acme.example/v1', 'api.acme.example'],
    ['a URL with a port for a host', 'host', 'https://api.acme.example:8443/v1', 'api.acme.example'],
    ['an http URL for a host', 'host', 'http://api.acme.example', 'api.acme.example'],
    ['a port beside a host', 'host', 'api.acme.example:443', 'api.acme.example'],
    ['a trailing dot', 'host', 'api.acme.example.', 'api.acme.example'],
    ['an empty host', 'host', ''],
    ['an address', 'host', '10.0.0.1'],
    ['an address that ends in two digits', 'host', '10.0.0.10'],
    ['an address in one number', 'host', '0x7f000001'],
    ['an empty label', 'host', 'a..example'],
    ['an underscore in a label', 'host', 'a_b.example'],
    ['a hyphen at the beginning of a label', 'host', '-a.example'],
    ['a hyphen at the end of a label', 'host', 'a-.example'],
    ['a label of 64 characters', 'host', `${'a'.repeat(64)}.example`],
    ['a host of 254 characters', 'host', `${'a.'.repeat(126)}ab`],
    ['** inside a label', 'host', 'a**.example'],
    ['*** for labels', 'host', '***.example'],
    ['a path without its slash', 'path', 'v1/**', '/v1/**'],
    ['an empty inner segment', 'path', '/a//b'],
    ['a dot segment', 'path', '/a/../b'],
    ['an encoded dot', 'path', '/a/%2e%2E/b'],
    ['an encoded slash', 'path', '/a%2Fb'],
    ['an encoded backslash', 'path', '/a%5cb'],
    ['a dot encoded twice', 'path', '/a/%252e'],
    ['a full-width slash', 'path', '/a%EF%BC%8Fb'],
    ['full-width dots', 'path', '/%EF%BC%8E%EF%BC%8E/b'],
    ['an encoded line break', 'path', '/a%0Ab'],
    ['what is not UTF-8', 'path', '/a%C3/b'],
    ['half an encoding', 'path', '/a%2/b'],
    ['a star in an encoding', 'path', '/a%2*'],
    ['an encoded letter', 'path', '/v1/%61dmin/**', '/v1/admin/**'],
    ['an encoded hyphen and tilde', 'path', '/v1/a%2db%7E', '/v1/a-b~'],
    ['lower-case hexadecimal digits', 'path', '/caf%c3%a9/*', '/caf%C3%A9/*'],
    ['a placeholder in a path', 'path', '/a/{id}'],
    ['a query in a path', 'path', '/a?b=c'],
    ['a parameter after a semicolon', 'path', '/a;b=c'],
    ['** inside a segment', 'path', '/a**'],
    ['a user for a role', 'role', 'arn:aws:iam::111111111111:user/x'],
    ['eleven digits of account', 'role', 'arn:aws:iam::11111111111:role/x'],
    ['thirteen digits of account', 'role', 'arn:aws:iam::1111111111111:role/x'],
    ['another service for a role', 'role', 'arn:aws:s3::111111111111:role/x'],
    ['a Region for a role', 'role', 'arn:aws:iam:eu-west-1:111111111111:role/x'],
    ['half an account', 'role', 'arn:aws:iam::1111*:role/x'],
    ['an empty segment of a role', 'role', `${ROLE}//x`],
    ['a role without a name', 'role', `${ROLE}`],
    ['** inside a role name', 'role', `${ROLE}/x**`],
    ['a bare name for a target', 'target', 'app/x/1'],
    ['** for an account', 'target', 'arn:aws:elasticloadbalancing:eu-west-1:**:loadbalancer/app/x/1'],
    ['a seventh field', 'target', 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/x/1:2'],
    ['another word for arn', 'target', 'urn:aws:s3:::bucket'],
    ['an empty service', 'target', 'arn:aws::eu-west-1:111111111111:x/y'],
    ['an empty segment of a target', 'target', 'arn:aws:s3:::bucket/'],
    ['a space in an ARN', 'target', 'arn:aws:s3:::a b'],
    ['an umlaut that begins an ARN', 'target', 'arn:ä:s3:::bucket'],
    ['an umlaut that ends an ARN', 'target', 'arn:aws:s3:::bucketä'],
    ['an empty partition', 'target', 'arn::elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/x/1'],
    ['** in a name', 'name', 'payments-**', 'payments-*'],
    ['an empty name', 'name', ''],
    ['a space in a name', 'name', 'payments x'],
    ['an umlaut in a name', 'name', 'zahlungen-für-*'],
    ['** in a parameter', 'parameter', 'header.**', 'header.*'],
    ['a variable that there is not', 'namespace', '{stage}-*'],
    ['a brace left open', 'namespace', '{team-*'],
  ]

  it.each(rows)('%s', (_, kind, text, nearest) => {
    const parsed = parsePattern(kind, text)
    expect(parsed).toMatchObject({ ok: false, ...(nearest !== undefined && { nearest }) })
    if (nearest === undefined) expect(parsed).not.toHaveProperty('nearest')
    else expect(parsePattern(kind, nearest)).toMatchObject({ ok: true })
    expect(() => patternOf(kind, text)).toThrow(TypeError)
  })
})

describe('what is a pattern', () => {
  const rows: [kind: PatternKind, text: string, literal: boolean][] = [
    ['host', 'api.acme.example', true],
    ['host', 'xn--bcher-kva.example', true],
    ['host', 'api.9acme', true],
    ['host', 'api.acme1', true],
    ['host', 'api.acme0x1', true],
    ['host', '**', false],
    ['host', '*-api.*.acme.example', false],
    ['host', `${'a'.repeat(63)}.example`, true],
    ['host', `${'a.'.repeat(126)}a`, true],
    ['path', '/', true],
    ['path', '/**', false],
    ['path', '/caf%C3%A9/*', false],
    ['path', "/a/b:c,d;e'".replace(';', '+'), true],
    ['role', `${ROLE}/apigw/payments-*`, false],
    ['role', 'arn:aws*:iam::*:role/**', false],
    ['target', 'arn:aws:elasticloadbalancing:*:111111111111:loadbalancer/app/*/*', false],
    ['target', 'arn:aws:s3:::bucket', true],
    ['name', '$LATEST', true],
    ['name', '*a*b*', false],
    ['parameter', 'method.request.querystring.a[]', true],
    ['parameter', '*', false],
    ['namespace', '{team}-{resourceId}', false],
    ['namespace', 'shared', true],
  ]

  it.each(rows)('%s %s', (kind, text, isLiteral) => {
    const pattern = patternOf(kind, text)
    expect(pattern).toMatchObject({ kind, text })
    expect(pattern.literal).toBe(isLiteral ? text : undefined)
  })
})
