/**
 * What a newcomer can copy and paste once the system is up. Every command here is run by `test/local/walkthrough.test.ts`.
 *
 * @param targets Names of other accounts and Regions.
 */
export function walkthrough(url: string, [target]: readonly string[]): { title: string; command: string }[] {
  const api = `${url}/restapis/a1b2c3d4e5/resources/9x8y7z/methods/POST/integration`
  const bearer = `-H "Authorization: Bearer $TOKEN"`
  const body = (host: string) =>
    `'{"type":"HTTP_PROXY","httpMethod":"POST","uri":"https://${host}/v1/orders","connectionType":"VPC_LINK","connectionId":"vl-pay01","timeoutInMillis":9000}'`
  return [
    { title: 'Get a token for the team payments', command: 'TOKEN=$(npm run -s token -- payments)' },
    {
      title: 'A request that passes: the team points its POST /orders at its own backend',
      command: `curl -s -X PUT ${api} \\\n  ${bearer} \\\n  -d ${body('core.payments.acme.internal')}`,
    },
    {
      title: 'One that is refused: a misspelt host, in someone else’s zone',
      command: `curl -s -X PUT ${api} \\\n  ${bearer} \\\n  -d ${body('core.paymnets.acme.internal')}`,
    },
    {
      title: 'The trail: both attempts, newest first (for admins)',
      command: `curl -s ${url}/v1/trail \\\n  -H "Authorization: Bearer $(npm run -s token -- --admin)"`,
    },
    ...(target === undefined
      ? []
      : [
          {
            title: `Another account and Region: the target ${target}, which has integrations of its own`,
            command: `curl -s -X PUT ${api.replace(url, `${url}/targets/${target}`)} \\\n  ${bearer} \\\n  -d ${body('core.payments.acme.internal')}`,
          },
        ]),
    {
      title: 'The same with an unmodified AWS CLI: only the endpoint and the credentials differ',
      command: withAwsCli(url),
    },
    ...(target === undefined
      ? []
      : [{ title: 'And through it to the target', command: withAwsCli(`${url}/targets/${target}`) }]),
  ]
}

function withAwsCli(endpoint: string): string {
  return [
    `AWS_ENDPOINT_URL_API_GATEWAY=${endpoint} AWS_DEFAULT_REGION=eu-west-1 \\`,
    '  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_SESSION_TOKEN=$TOKEN \\',
    '  aws apigateway get-integration --rest-api-id a1b2c3d4e5 --resource-id 9x8y7z --http-method POST',
  ].join('\n')
}
