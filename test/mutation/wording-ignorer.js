import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

const WORDING = ['message', 'fix']
/** Of `hazard(finding, part, value, message, fix)`. */
const MESSAGE_ARGUMENT = 3

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
  if (parent?.type === 'ObjectProperty') return WORDING.includes(parent.key.name)
  if (parent?.type === 'VariableDeclarator') return WORDING.includes(parent.id.name)
  return (
    parent?.type === 'CallExpression' &&
    parent.callee.name === 'hazard' &&
    parent.arguments.indexOf(node) >= MESSAGE_ARGUMENT
  )
}
