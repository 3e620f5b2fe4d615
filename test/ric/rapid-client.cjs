// Stands in for the runtime interface client's native HTTP client, so that its two-minute build isn't needed. Preloaded
// with --require: every `require` of rapid-client.node gets this module, and all else is the real client's code.
const http = require('node:http')
const Module = require('node:module')

const NAME = 'rapid-client-js'
const resolveFilename = Module._resolveFilename
Module._resolveFilename = function (request, ...rest) {
  return request.endsWith('rapid-client.node') ? NAME : resolveFilename.call(this, request, ...rest)
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')

function call(method, path, body, headers = {}) {
  const entity = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body ?? '') }
  const options = { host, port, agent, method, path: `/2018-06-01/runtime${path}` }
  return new Promise((resolve, reject) => {
    const request = http.request({ ...options, headers: body === undefined ? headers : { ...headers, ...entity } })
    request.on('response', (response) => {
      let bodyJson = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        bodyJson += chunk
      })
      response.on('end', () => resolve({ bodyJson, headers: response.headers }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Settled once the answer to the invocation before has arrived: the next one is only asked for then. */
let answered = Promise.resolve()

const client = new Module(NAME)
client.loaded = true
client.exports = {
  initializeClient() {},
  async next() {
    await answered
    return call('GET', '/invocation/next')
  },
  done(id, body) {
    answered = call('POST', `/invocation/${id}/response`, body)
  },
  error(id, body, xrayCause) {
    answered = call('POST', `/invocation/${id}/error`, body, {
      'lambda-runtime-function-xray-error-cause': xrayCause ?? '',
    })
  },
}
require.cache[NAME] = client
