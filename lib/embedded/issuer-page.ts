import { html } from 'hono/html'
import { ROLES } from '../identity/caller.ts'

type Html = ReturnType<typeof html>

/** Whom to be: a form that is sent back to `action` with `hidden`, `team` and `role`. */
export function chooserPage(
  teams: readonly string[],
  { action, hidden, fields }: { action: string; hidden: Readonly<Record<string, string>>; fields?: Html },
): Html {
  return page(html`<p>Nobody checks who you are here: choose whom to be, and the local gate believes it.</p>
    <form method="post" action="${action}">
      ${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      ${fields ?? ''}
      <fieldset>
        <legend>A team of the policy</legend>
        ${teams.map(
          (team, index) =>
            html`<label><input type="radio" name="team" value="${team}" ${index === 0 ? 'checked' : ''} /> ${team}</label>`,
        )}
        <label><input type="radio" name="team" value="" ${teams.length === 0 ? 'checked' : ''} /> none</label>
      </fieldset>
      <fieldset>
        <legend>Roles</legend>
        ${ROLES.map((role) => html`<label><input type="checkbox" name="role" value="${role}" /> ${role}</label>`)}
      </fieldset>
      <button name="answer" value="allow">Sign in</button> <button name="answer" value="deny">Cancel</button>
    </form>`)
}

export function userCodeField(userCode: string): Html {
  return html`<label>The code your terminal shows
    <input name="user_code" value="${userCode}" autocomplete="off" required /></label>`
}

export function messagePage(message: string): Html {
  return page(html`<p>${message}</p>`)
}

function page(content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width" />
<title>Demo sign-in – Sallyport</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }
  header { background: #fde68a; color: #422006; padding: .5rem 1rem; font-weight: bold }
  fieldset { margin: 1rem 0 } label { display: block }
</style>
<header>DEMO – the embedded issuer of a local Sallyport</header>
<h1>Sign in</h1>
${content}
</html>`
}
