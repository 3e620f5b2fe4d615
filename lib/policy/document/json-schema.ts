import * as z from 'zod'
import { Exception, PolicySet, TestSuite } from './document.ts'

/** The documents' schemas for editors, by file name. They know shapes and words; what names mean is checked on reading. */
export function jsonSchemas(): Record<string, object> {
  const schemaOf = (document: z.ZodType, title: string) => ({
    title,
    ...z.toJSONSchema(document, { target: 'draft-7' }),
  })
  return {
    'policy.schema.json': schemaOf(PolicySet, 'Sallyport PolicySet'),
    'exception.schema.json': schemaOf(Exception, 'Sallyport Exception'),
    'test-suite.schema.json': schemaOf(TestSuite, 'Sallyport TestSuite'),
  }
}
