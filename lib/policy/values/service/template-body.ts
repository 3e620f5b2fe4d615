import type { TemplateResult } from '../template/template.ts'
import type { Body } from './body.ts'

export function bodyOf(_read: TemplateResult, _as: 'form' | 'json'): Body {
  return { is: 'open', why: 'stub' }
}
