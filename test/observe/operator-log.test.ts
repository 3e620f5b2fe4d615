import { describe, expect, it } from 'vitest'
import { operatorLog } from '../../lib/observe/operator-log.ts'

function written() {
  const lines: object[] = []
  return {
    lines,
    log: operatorLog(
      'gate-prod',
      () => Date.UTC(2026, 10, 22),
      (line) => lines.push(line),
    ),
  }
}

describe('operatorLog()', () => {
  it('writes a line that alarms and filters find by its message', () => {
    const { lines, log } = written()
    log.write('ERROR', 'audit_not_recorded', { id: '01J' })
    expect(lines).toEqual([
      {
        level: 'ERROR',
        message: 'audit_not_recorded',
        timestamp: '2026-11-22T00:00:00.000Z',
        service: 'gate-prod',
        id: '01J',
      },
    ])
  })

  it('names the invocation it belongs to, from its beginning on', () => {
    const { lines, log } = written()
    log.write('WARN', 'issuer_keys', {})
    log.during('first')
    log.write('WARN', 'issuer_keys', {})
    log.during('second')
    log.write('INFO', 'keeper_run', {})
    expect(lines.map((line) => Object(line).function_request_id)).toEqual([undefined, 'first', 'second'])
  })

  it('lets no member pass for the event', () => {
    const { lines, log } = written()
    log.write('WARN', 'issuer_keys', { message: 'audit_not_recorded', level: 'INFO', service: 'other' })
    expect(lines).toMatchObject([{ level: 'WARN', message: 'issuer_keys', service: 'gate-prod' }])
  })
})
