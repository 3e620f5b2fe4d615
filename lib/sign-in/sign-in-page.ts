import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#71717a, #a1a1aa); --link: light-dark(#1d4ed8, #93c5fd) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 34rem; padding: 2rem 1.25rem 4rem; font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
  background: light-dark(#fff, #18181b); color: light-dark(#18181b, #f4f4f5) }
header { background: light-dark(#fde68a, #78350f); color: light-dark(#422006, #fef3c7); padding: .5rem 1rem; border-radius: .375rem; font-weight: 700 }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.5rem 0 .75rem } p { margin: .75rem 0 } a { color: var(--link) }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
code, kbd { font: .9em ui-monospace, monospace }
pre { padding: .75rem 1rem; border-radius: .375rem; background: light-dark(#f4f4f5, #27272a); white-space: pre-wrap }
fieldset { margin: 1.25rem 0; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .375rem }
legend { padding: 0 .35rem; font-weight: 600 } fieldset label { display: flex; gap: .6rem; align-items: center; min-height: 2.25rem }
input { font: inherit; flex: none } input[type=radio], input[type=checkbox] { width: 1.1rem; height: 1.1rem; margin: 0 }
.code { display: block; font-weight: 600 }
.code input { display: block; width: 100%; max-width: 16rem; margin-top: .35rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .375rem;
  background: transparent; color: inherit; font-family: ui-monospace, monospace; font-size: 1.15rem; letter-spacing: .1em; text-transform: uppercase }
button { font: inherit; padding: .5rem 1.25rem; min-height: 2.75rem; border: 1px solid var(--line); border-radius: .375rem; background: transparent; color: inherit; cursor: pointer }
button[value=allow] { background: light-dark(#1d4ed8, #93c5fd); border-color: transparent; color: light-dark(#fff, #18181b); font-weight: 600 }
.wrong { border-left: .25rem solid light-dark(#b91c1c, #fca5a5); padding-left: .75rem }
.dim { color: light-dark(#52525b, #a1a1aa) }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The directives of a page that has this style and nothing else from anywhere. What its forms may reach is its own affair. */
export const SIGN_IN_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`

/** A page of signing in. @param banner Above everything, where the reader must not miss it. */
export function signInPage(title: string, { banner, content }: { banner?: string; content: Html }): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Sallyport</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${banner === undefined ? '' : html`<header>${banner}</header>`}
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`
}
