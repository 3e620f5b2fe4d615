import type { Loaded } from '../../lib/decision/compile/loaded.ts'
import * as rules from '../../lib/decision/rules/service/service.ts'
import { serviceOf } from '../../lib/policy/values/service/services.ts'
import { parseTemplate } from '../../lib/policy/values/template/parse.ts'

/** Everything that a policy can be compiled with. */
export const ALL_LOADED: Loaded = { parseTemplate, services: { serviceOf, rules } }
