import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

export type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d4d4d8, #3f3f46); --soft: light-dark(#f4f4f5, #27272a);
  --dim: light-dark(#52525b, #a1a1aa); --link: light-dark(#1d4ed8, #93c5fd); --accent: light-dark(#0f766e, #5eead4) }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; background: light-dark(#fff, #18181b); color: light-dark(#18181b, #f4f4f5);
  overflow-wrap: anywhere }
a { color: var(--link) } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
main:focus { outline: none }
code { font: .9em ui-monospace, monospace }
p code, td code, li code { background: var(--soft); padding: .1em .3em; border-radius: .25em }
pre { margin: .5rem 0 1rem; padding: .75rem 1rem; background: var(--soft); border-radius: .375rem; font-size: .92rem; line-height: 1.45;
  white-space: pre-wrap }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: Canvas; padding: .5rem; z-index: 1 }
.page { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 76rem; margin: 0 auto; padding: 0 1.25rem 4rem }
nav { padding: .75rem 0; border-bottom: 1px solid var(--line) } nav p { margin: 0; font-weight: 700 }
summary { padding: .5rem 0; cursor: pointer; color: var(--link) }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0 } nav li a { display: block; padding: .15rem 0; font-size: .9rem }
nav .of { color: var(--dim); font-size: .8rem; font-weight: 600; margin: .75rem 0 .25rem } [aria-current] { font-weight: 700; color: inherit }
main { max-width: 52rem } h1 { font-size: 2rem; line-height: 1.2; margin: 2rem 0 1rem }
h2 { margin: 3rem 0 1rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line) } h3 { margin: 2.25rem 0 .25rem }
h2 a, h3 a { color: inherit; text-decoration: none } :is(h2, h3) a:hover { text-decoration: underline }
:target { scroll-margin-top: 1rem } :target a { text-decoration: underline; text-decoration-color: var(--accent) }
h4 { margin: 1rem 0 .25rem; font-size: .85rem; color: var(--dim) } p { margin: .5rem 0 }
main :is(ul, ol) { margin: .5rem 0; padding-left: 1.5rem } main li { margin: .15rem 0 }
.route { font: .95rem ui-monospace, monospace; margin: .25rem 0 .75rem }
.verb { display: inline-block; min-width: 3.5em; color: var(--accent); font-weight: 700 } .dim { color: var(--dim) }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
th { color: var(--dim); font-weight: 600; font-size: .85rem } th, td { overflow-wrap: break-word }
@media (max-width: 39.99rem) { .members thead { position: absolute; left: -99rem } .members :is(tbody, tr, td) { display: block; width: auto }
  .members tr { border-bottom: 1px solid var(--line); padding: .4rem 0 } .members td { border: 0; padding: 0; overflow-wrap: anywhere } }
@media (min-width: 40rem) { td:first-child { white-space: nowrap } td:nth-child(3) { width: 45% } }
@media (min-width: 60rem) { .page { grid-template-columns: 15rem minmax(0, 1fr); gap: 3rem }
  nav { border: 0; padding: 1.5rem 0; position: sticky; top: 0; max-height: 100vh; overflow-y: auto }
  @supports selector(::details-content) { summary { display: none } details::details-content { content-visibility: visible } } }
@media print { nav { display: none } }
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

/**
 * A page of the gate's own.
 *
 * @param nav Beside it; folded up above it where there is no room.
 */
export function page(title: string, { home, nav, main }: { home: Html; nav: Html; main: Html }): Response {
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
<nav aria-label="Contents"><p>${home}</p><details><summary>Contents</summary>${nav}</details></nav>
<main id="main" tabindex="-1">${main}</main>
</div>
</body>
</html>`
  return new Response(String(document), { headers: HEADERS })
}

/** Paragraphs, with `code` between backticks and blocks of it between fences. Everything else is text. */
export function prose(text: string): Html {
  return html`${text.split('\n\n').map((paragraph) => {
    const [, fenced] = /^```\n(.*)\n```$/s.exec(paragraph) ?? []
    return fenced === undefined ? html`<p>${inline(paragraph)}</p>` : block(fenced)
  })}`
}

/** One line of such text. */
export function inline(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))}`
}

/** Lines to be copied: they wrap on a small screen, and are copied as they were. */
export function block(text: string): Html {
  return html`<pre><code>${text}</code></pre>`
}

/** A heading that is a link to itself, so that its address can be copied. */
export function anchored(level: 'h2' | 'h3', id: string, title: string): Html {
  return html`<${raw(level)} id="${id}"><a href="#${id}">${title}</a></${raw(level)}>`
}
