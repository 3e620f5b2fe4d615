export interface ParsedTemplateX {
  ok: boolean
}
export type ParsedTemplate =
  | {
      ok: true
      template: {
        overrides: { name: string; side: string; line: number; column: number }[]
        sources: { name: string }[]
      }
    }
  | {
      ok: false
      fault: {
        finding: string
        value: string
        line: number
        column: number
        excerpt: string
        caret: string
        message: string
        fix: string
      }
    }
export function parseTemplate(_text: string, _side: 'request' | 'response'): ParsedTemplate {
  return { ok: true, template: { overrides: [], sources: [] } }
}
