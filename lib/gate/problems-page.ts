import { html } from 'hono/html'
import { type Html, inline, page, prose } from './openapi-html.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** What a problem's page says: what happened, and what its reader can do, in steps. */
const EXPLAINED: Record<ProblemCode, { happened: string; steps: readonly string[] }> = {
  busy: {
    happened: 'The gate does as much of this at once as it will. Nothing is wrong with your request.',
    steps: [
      'Wait for as long as `Retry-After` says, then ask again.',
      'Follow the trail in one place and share what arrives, rather than once for each reader.',
    ],
  },
  denied: {
    happened:
      'Your token is valid, and what you asked for is not for its bearer: it takes a role or a team that the token does not give you. The attempt is in the trail.',
    steps: [
      'Look at `GET /v1/whoami`: it names the roles and teams that your token gives you, and the lines of the policy that make it so.',
      'If a team is missing, compare the claim that the policy reads with the one in your token: values are compared whole, with their capitals.',
      'If a role is missing, ask those who run your identity provider for the group that stands for it.',
    ],
  },
  internal: {
    happened:
      'The gate failed in a way that nobody foresaw. If your request would have changed something, it may have been recorded, but it was not forwarded unless the trail says so.',
    steps: [
      'Look the request up in the trail by the id in `instance`.',
      'Try again once.',
      'If it fails again, give the id to those who run the gate: their log has the place of the failure under it.',
    ],
  },
  'invalid-request': {
    happened:
      'The request is not one that this operation takes. `detail` names the first thing that is wrong with it. Nothing was done.',
    steps: [
      'Correct what `detail` names.',
      'Compare the request with the operation in the documentation: unknown members and parameters are refused rather than ignored, since a filter that is misspelt would show more than was asked for.',
      'A cursor works for the reader and the filter that it was given for, and not for ever: begin the listing again.',
    ],
  },
  'issuer-unavailable': {
    happened:
      "The keys that your token's issuer signs with cannot be had at the moment, so the token can be neither believed nor refused.",
    steps: [
      'Try again in a minute; the token stays good.',
      'If it lasts, those who run the gate see at `/readyz` and in its log which issuer does not answer.',
    ],
  },
  'not-found': {
    happened:
      'There is no such path or thing, or it is there but not for you to see. The two answer alike, so that nobody can find out what exists by asking.',
    steps: [
      'Compare the path with the documentation; ids have capitals.',
      'If it is a request in the trail, ask with a token of the team that it was made for, or of an auditor.',
      'If you have just been made a member of a team, get a new token.',
    ],
  },
  'not-sealed': {
    happened:
      'The trail has the record, and its log does not have it yet: records are sealed about two minutes after they were made.',
    steps: [
      'Ask again when `Retry-After` says.',
      'If it is still not there, the keeper does not keep up, and those who run the gate should know.',
    ],
  },
  'owner-unread': {
    happened:
      'The API is owned by its tags, if it is owned, and API Gateway did not say what they are. Nothing is guessed about that, so nothing was done.',
    steps: [
      'Wait for as long as `Retry-After` says, then ask again.',
      'If it lasts, those who run the gate should look whether its role may read the API: `apigateway:GET` on `/restapis/*`.',
    ],
  },
  'target-role': {
    happened:
      'The gate takes a role in each account that it guards beside its own, and could not take this one. Nothing was sent to API Gateway, and the trail says so.',
    steps: [
      'Tell those who run the gate, with the id of the request: nothing is wrong with the request itself.',
      'They find the role and the reason in the log, as `target_role_not_assumed`. `AccessDenied`: the role is not there, or its trust policy does not name the role of the gate, or the parameter `targetRoles` does not list it.',
      'Any other reason: STS could not be reached. Try again.',
    ],
  },
  throttled: {
    happened:
      'You have sent more requests than the gate answers one caller: twenty a second, after a quiet time two hundred at once. Or a dry run had to look up the tags of an API, and your share of the calls that API Gateway allows is used up. Nothing was done. Others are not held up by it.',
    steps: [
      'Wait for as long as `Retry-After` says, then send the request again.',
      'Ask about several requests in one dry run, which counts as one.',
      'If nobody knows why so many are sent, look which of your programs uses the `sub` of this token.',
    ],
  },
  'too-large': {
    happened: 'The body is larger than this operation takes. It was not read to its end, and nothing was done.',
    steps: [
      'Send less at once; `detail` says how much is taken.',
      'A dry run of many requests can be made in several parts.',
    ],
  },
  'trail-unavailable': {
    happened:
      'The trail can be neither read nor written at the moment. What cannot be recorded is not done, so nothing was.',
    steps: [
      'Try again in a moment: the request can safely be repeated.',
      'If it lasts, `/readyz` says whether the table can be reached.',
    ],
  },
  unauthenticated: {
    happened:
      'The request has no token, or one that is not believed. `detail` says what is wrong with it, as far as that helps its bearer and nobody else.',
    steps: [
      'Send an access token as `Authorization: Bearer …`; AWS clients send it as their session token.',
      'Get a new one if it has expired: `sallyport login` does it, and keeps it fresh.',
      'An ID token is not an access token: it is made for the client, not for the gate.',
    ],
  },
}

const CODES = Object.keys(EXPLAINED) as ProblemCode[]

/** All of them. */
export function problemsPage(): Response {
  return page('Problems', {
    home: html`<a href="/docs">Sallyport API</a>`,
    nav: contents('/problems'),
    main: html`<h1>Problems</h1>
      <p>Errors of the native API are problem details (RFC 9457). Their <code>type</code> is one of these, and stays what it is.</p>
      <table><thead><tr><th scope="col">Type</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
      ${CODES.map(
        (code) =>
          html`<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${PROBLEMS[code].status}</td><td>${PROBLEMS[code].title}</td></tr>`,
      )}</tbody></table>`,
  })
}

/** `undefined` where there is no such problem. */
export function problemPage(code: string): Response | undefined {
  const known = CODES.find((each) => each === code)
  if (!known) return undefined
  const { status, title } = PROBLEMS[known]
  const { happened, steps } = EXPLAINED[known]
  return page(title, {
    home: html`<a href="/docs">Sallyport API</a>`,
    nav: contents(`/problems/${known}`),
    main: html`<h1>${title}</h1>
      <p class="dim">Problem type <code>/problems/${known}</code>, status ${status}</p>
      <h2>What happened</h2>${prose(happened)}
      <h2>What to do</h2><ol>${steps.map((step) => html`<li>${inline(step)}</li>`)}</ol>
      <p>Every answer of this type has a <code>detail</code> about the request itself, and an <code>instance</code> with the id under which the trail and the log know it.</p>`,
  })
}

/** Every page of a problem, and among them the one that it stands beside. */
function contents(current: string): Html {
  const link = (path: string, text: string) =>
    html`<li><a href="${path}" ${path === current ? html`aria-current="page"` : ''}>${text}</a></li>`
  return html`<ul>${link('/problems', 'Problems')}</ul>
    <ul>${CODES.map((code) => link(`/problems/${code}`, code))}</ul>`
}
