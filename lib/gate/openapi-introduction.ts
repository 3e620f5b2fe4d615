/** What the API is. Both texts are CommonMark, of which the page knows paragraphs and code. */
export const INTRODUCTION = `The native API of Sallyport, the gate in front of API Gateway's control plane.

API Gateway's own operations (PutIntegration and the others) are served beside it, under their own paths (\`/restapis/…\`, or \`/targets/{name}/restapis/…\` for another account or Region), for AWS clients; API Gateway's documentation describes them. Both take the same token.

Errors are problem details (RFC 9457). Their \`type\` is stable and the path of a page that says what to do. Members may be added to answers; an unknown member of a request is refused.`

/** How a caller gets in. */
export const AUTHENTICATION = `Every operation takes an access token, but for those that say that they need none. It is a JWT of an issuer that the gate trusts, made for the gate as its audience: people get one by \`sallyport login\`, pipelines from the identity provider of their CI, portals from the company's own. Send it as \`Authorization: Bearer …\`; AWS clients send it as their session token.

With the local system (\`npm start\`), in its folder:

\`\`\`
GATE=http://127.0.0.1:8787
TOKEN=$(npm run -s token -- payments)    # or: -- --admin
curl -s "$GATE/v1/whoami" -H "Authorization: Bearer $TOKEN"
\`\`\`

Begin with \`GET /v1/whoami\`, which says what the gate makes of your token. A token that it doesn't believe is answered by 401, one that doesn't permit what you ask for by 403.`
