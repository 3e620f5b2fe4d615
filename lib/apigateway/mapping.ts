const TARGET = /^integration\.request\.(?:querystring|path|header)\.[a-zA-Z0-9._$-]+$/
const METHOD_SOURCE =
  /^method\.request\.(path|querystring|multivaluequerystring|header|multivalueheader)\.([a-zA-Z0-9._$-]+)$/
const OTHER_SOURCE = /^(?:context|stageVariables)\.[a-zA-Z0-9._$-]+$/
/** What an authorizer says of the caller. Claims of Amazon Cognito have a colon in their names: `custom:tenant`. */
const AUTHORIZER_SOURCE = /^context\.authorizer\.[a-zA-Z0-9._$:-]+$/

/**
 * What API Gateway says of `requestParameters`, one error for each entry that is wrong, in order.
 *
 * @param declared the method's request parameters; without them every method parameter counts as declared.
 */
export function mappingErrors(
  parameters: Readonly<Record<string, string>>,
  declared?: Readonly<Record<string, boolean>>,
): string[] {
  return Object.entries(parameters).flatMap(([target, source]) => mappingError(target, source, declared) ?? [])
}

function mappingError(target: string, source: string, declared?: Readonly<Record<string, boolean>>) {
  if (!TARGET.test(target)) return 'Invalid mapping identifier specified'
  const [, location, name] = METHOD_SOURCE.exec(source) ?? []
  if (location !== undefined) {
    // `multivalueheader.X` reads all values of the parameter that is declared as `header.X`.
    const single = `method.request.${location.replace('multivalue', '')}.${name}`
    return declared === undefined || Object.hasOwn(declared, source) || Object.hasOwn(declared, single)
      ? undefined
      : `Invalid mapping expression parameter specified: ${source}`
  }
  return isBody(source) || isStatic(source) || OTHER_SOURCE.test(source) || AUTHORIZER_SOURCE.test(source)
    ? undefined
    : `Invalid mapping expression specified: ${source}`
}

function isBody(source: string): boolean {
  return source === 'method.request.body' || source.startsWith('method.request.body.')
}

function isStatic(source: string): boolean {
  return source.length >= 2 && source.startsWith("'") && source.endsWith("'")
}
