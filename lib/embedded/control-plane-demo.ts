import type { ControlPlaneState, Method, Resource, RestApi } from './control-plane-state.ts'

/**
 * The REST APIs of the example policy's teams, written where the state holds none yet:
 *
 * | REST API | id | resource | methods |
 * |---|---|---|---|
 * | payments | `a1b2c3d4e5` | `/orders` `9x8y7z` | GET, POST |
 * | search | `s9s8s7s6s5` | `/products` `5q4r3s` | GET |
 * | legacy-billing | `zz99yy88xx` | `/invoices` `1n2v3c` | GET, POST |
 * | catalogue | `c7a7a7l0g0`, by its tags | `/items` `1t3m5s` | GET |
 *
 * Their methods declare `path.id`, `header.Authorization` and a query parameter each. No method has an integration.
 */
export function seedDemo(state: ControlPlaneState): void {
  if (state.read().restApis.length > 0) return
  state.write({
    restApis: [
      restApi('payments', 'a1b2c3d4e5', '111111111111', [
        { id: 'p0a0y0r0o0', path: '/', methods: [] },
        resource('9x8y7z', 'p0a0y0r0o0', 'orders', ['GET', 'POST'], ['path.id', 'querystring.currency']),
      ]),
      restApi('search', 's9s8s7s6s5', '111111111111', [
        { id: 's0e0a0r0c0', path: '/', methods: [] },
        resource('5q4r3s', 's0e0a0r0c0', 'products', ['GET'], ['path.id', 'querystring.q']),
      ]),
      restApi('legacy-billing', 'zz99yy88xx', '222222222222', [
        { id: 'b0i0l0l0r0', path: '/', methods: [] },
        resource('1n2v3c', 'b0i0l0l0r0', 'invoices', ['GET', 'POST'], ['path.id', 'querystring.month']),
      ]),
      {
        ...restApi('catalogue', 'c7a7a7l0g0', '111111111111', [
          { id: 'c0a0t0r0o0', path: '/', methods: [] },
          resource('1t3m5s', 'c0a0t0r0o0', 'items', ['GET'], ['path.id', 'querystring.page']),
        ]),
        tags: { team: 'catalogue', stage: 'test' },
      },
    ],
  })
}

function restApi(name: string, id: string, accountId: string, resources: Resource[]): RestApi {
  return {
    id,
    accountId,
    name,
    createdDate: Date.UTC(2026, 0, 1) / 1000,
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: ['REGIONAL'] },
    resources,
  }
}

function resource(
  id: string,
  parentId: string,
  pathPart: string,
  verbs: Method['httpMethod'][],
  parameters: string[],
): Resource {
  const names = [...parameters, 'header.Authorization'].map((name) => [`method.request.${name}`, false])
  const methods = verbs.map((httpMethod) => ({
    httpMethod,
    authorizationType: 'NONE',
    apiKeyRequired: false,
    requestParameters: Object.fromEntries(names),
    integrationResponses: [],
  }))
  return { id, parentId, pathPart, path: `/${pathPart}`, methods }
}
