import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

const WORDING = ['message', 'fix']
/** Functions that take texts: which of the arguments are, `hazard(finding, part, value, message, fix)` for instance. */
const ARGUMENTS = new Map([
  ['hazard', [3, 4]],
  ['wrong', [0]],
])

/** Leaves the text of findings as it is: no rule reads it. Which text stands there is still mutated. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'wording', {
    shouldIgnore({ node, parent }) {
      if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return undefined
      return isWording(node, parent) ? 'wording' : undefined
    },
  }),
]

function isWording(node, parent) {
  if (parent?.type === 'VariableDeclarator') return WORDING.includes(parent.id.name)
  if (parent?.type === 'NewExpression') return /Error$/.test(parent.callee.name)
  if (parent?.type === 'ObjectProperty') return WORDING.includes(parent.key.name)
  return (
    parent?.type === 'CallExpression' &&
    ARGUMENTS.get(parent.callee.name)?.includes(parent.arguments.indexOf(node)) === true
  )
}
