export type TemplateResult = unknown
