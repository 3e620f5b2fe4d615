import { html } from 'hono/html'
import { ROLES } from '../identity/caller.ts'
import { signInPage } from '../sign-in/sign-in-page.ts'

type Html = ReturnType<typeof html>

const BANNER = 'DEMO – the embedded issuer of a local Sallyport'

/** What each role is for, in a few words. */
const FOR: Record<(typeof ROLES)[number], string> = {
  author: 'of the policy',
  approver: 'of the policy',
  auditor: 'reads the trail',
  admin: 'reads the trail, and finds hidden values in it',
}

/** Whom to be: a form that is sent back to `action` with `hidden`, `team` and `role`. */
export function chooserPage(
  teams: readonly string[],
  {
    action,
    hidden,
    fields,
    wrong,
  }: { action: string; hidden: Readonly<Record<string, string>>; fields?: Html; wrong?: string },
): Html {
  return signInPage('Sign in', {
    banner: BANNER,
    content: html`${wrong === undefined ? '' : html`<p class="wrong" role="alert">${wrong}</p>`}
    <p>Nobody checks who you are here: choose whom to be, and the local gate believes it.</p>
    <form method="post" action="${action}">
      ${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
      ${fields ?? ''}
      <fieldset>
        <legend>A team of the policy</legend>
        ${teams.map(
          (team, index) =>
            html`<label><input type="radio" name="team" value="${team}" ${index === 0 ? 'checked' : ''}> ${team}</label>`,
        )}
        <label><input type="radio" name="team" value="" ${teams.length === 0 ? 'checked' : ''}> none</label>
      </fieldset>
      <fieldset>
        <legend>Roles</legend>
        ${ROLES.map(
          (role) =>
            html`<label><input type="checkbox" name="role" value="${role}"> <span>${role} <span class="dim">${FOR[role]}</span></span></label>`,
        )}
      </fieldset>
      <button name="answer" value="allow">Sign in</button> <button name="answer" value="deny" formnovalidate>Cancel</button>
    </form>`,
  })
}

/** Where the code goes that a terminal shows; whoever follows the terminal's own link compares it. */
export function userCodeField(userCode: string): Html {
  return html`<label class="code">The code your terminal shows
    <input name="user_code" value="${userCode}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" required ${userCode === '' ? 'autofocus' : ''}></label>`
}

/** Somebody has opened the issuer itself. @param url Where it is. */
export function homePage(url: string): Html {
  return signInPage('The local issuer', {
    banner: BANNER,
    content: html`<p>It signs the tokens that the local gate trusts. To sign in, run this in the folder of Sallyport; it opens the page to choose whom to be:</p>
    <pre><code>npm run -s sallyport -- login --issuer ${url}</code></pre>
    <p>If your terminal shows a code instead, <a href="${url}/device">enter the code</a>.</p>
    <p>For programs: <a href="${url}/.well-known/openid-configuration">the discovery document</a>.</p>`,
  })
}

export function messagePage(title: string, message: string): Html {
  return signInPage(title, { banner: BANNER, content: html`<p>${message}</p>` })
}
