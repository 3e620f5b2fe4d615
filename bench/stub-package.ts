import type { Plugin } from 'esbuild'

/** Whatever is read from it, called on it or made with it is itself again. */
const STUB = `
const stub = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : stub),
  apply: () => stub,
  construct: () => stub,
  getPrototypeOf: () => stub, // esbuild reads named imports through it
})
module.exports = stub`

/** Puts next to nothing in the place of a package, or of all of a scope, to measure what loading it costs. Its users no longer work. */
export function stubPackage(name: string): Plugin {
  return {
    name: `stub ${name}`,
    setup(build) {
      const filter = new RegExp(`^${name}(/|$)`)
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'stub' }))
      build.onLoad({ filter: /./, namespace: 'stub' }, () => ({ contents: STUB, loader: 'js' }))
    },
  }
}
