import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

export type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d4d4d8, #3f3f46); --soft: light-dark(#f4f4f5, #27272a);
  --dim: light-dark(#52525b, #a1a1aa); --link: light-dark(#1d4ed8, #93c5fd); --accent: light-dark(#0f766e, #5eead4) }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; background: light-dark(#fff, #18181b); color: light-dark(#18181b, #f4f4f5) }
a { color: var(--link) } a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
p code, td code, li code { background: var(--soft); padding: .1em .3em; border-radius: .25em }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: Canvas; padding: .5rem }
.page { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 76rem; margin: 0 auto; padding: 0 1.25rem 4rem }
nav { padding: 1.5rem 0; border-bottom: 1px solid var(--line) }
nav p { margin: 0 0 .5rem; font-weight: 700 } nav ul { list-style: none; margin: 0 0 1rem; padding: 0 }
nav li { margin: .15rem 0; font-size: .9rem } nav .of { color: var(--dim); font-size: .8rem; font-weight: 600; margin: .75rem 0 .25rem }
main { max-width: 52rem } h1 { font-size: 2rem; line-height: 1.2; margin: 2rem 0 1rem }
h2 { margin: 3rem 0 1rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line) } h3 { margin: 2.25rem 0 .25rem }
h4 { margin: 1rem 0 .25rem; font-size: .85rem; color: var(--dim) } p { margin: .5rem 0 }
.route { font: .95rem ui-monospace, monospace; margin: .25rem 0 .75rem; overflow-wrap: anywhere }
.verb { display: inline-block; min-width: 3.5em; color: var(--accent); font-weight: 700 }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
th { color: var(--dim); font-weight: 600; font-size: .85rem } td:first-child { white-space: nowrap } td:nth-child(3) { width: 45% } [aria-current] { font-weight: 700; color: inherit } .dim { color: var(--dim) }
@media (min-width: 60rem) { .page { grid-template-columns: 15rem minmax(0, 1fr); gap: 3rem }
  nav { border: 0; position: sticky; top: 0; max-height: 100vh; overflow-y: auto } }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** For a page that needs nothing from anywhere: its one style, by its hash, and no script, frame, form or image. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
}

/** A page of the gate's own. @param nav Beside it, or above it where there is no room. */
export function page(title: string, { nav, main }: { nav: Html; main: Html }): Response {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Sallyport</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<div class="page">
<nav aria-label="Contents">${nav}</nav>
<main id="main" tabindex="-1">${main}</main>
</div>
</body>
</html>`
  return new Response(String(document), { headers: HEADERS })
}

/** Paragraphs, with `code` between backticks. Everything else is text. */
export function prose(text: string): Html {
  return html`${text.split('\n\n').map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`
}

/** One line of such text. */
export function inline(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))}`
}
