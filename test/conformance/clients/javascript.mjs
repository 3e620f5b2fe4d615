// The JavaScript SDK as its users have it: configured by environment and profile alone.
import { createInterface } from 'node:readline'
import {
  APIGatewayClient,
  DeleteIntegrationCommand,
  GetAccountCommand,
  GetIntegrationCommand,
  GetRestApisCommand,
  PutIntegrationCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-api-gateway'

const client = new APIGatewayClient({})
const COMMANDS = {
  PutIntegration: PutIntegrationCommand,
  GetIntegration: GetIntegrationCommand,
  UpdateIntegration: UpdateIntegrationCommand,
  DeleteIntegration: DeleteIntegrationCommand,
  GetRestApis: GetRestApisCommand,
  GetAccount: GetAccountCommand,
}
for await (const line of createInterface({ input: process.stdin })) {
  const { operation, input } = JSON.parse(line)
  const outcome = await client.send(new COMMANDS[operation](input)).then(
    ({ $metadata, ...output }) => ({ ok: true, output, requestId: $metadata.requestId }),
    (error) => ({
      ok: false,
      error: { name: error.name, message: error.message, caught: error.constructor.name },
      requestId: error.$metadata?.requestId,
    }),
  )
  console.log(JSON.stringify(outcome))
}
