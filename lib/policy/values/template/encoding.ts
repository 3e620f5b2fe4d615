import type { Encoding, Piece } from './template.ts'
import { encodingOf } from './value.ts'

export function meetJavaScript(encoded: Encoding): Encoding {
  return encoded === 'json' || encoded === 'none' ? 'none' : 'javascript'
}

/** What a function of `$util` makes of a text that is not known. */
export function encodedBy(name: string, pieces: readonly Piece[]): Encoding {
  switch (name) {
    case 'urlEncode':
      return 'url'
    case 'base64Encode':
      return 'base64'
    case 'escapeJavaScript': {
      const before = encodingOf(pieces)
      return before === 'url' || before === 'base64' ? before : 'javascript'
    }
    default:
      return 'none'
  }
}

/** The result for a known text; `undefined` where it is not certain. */
export function fold(name: string, text: string): string | undefined {
  if (name === 'urlEncode' && /^[ -)+-}]*$/.test(text)) {
    return encodeURIComponent(text)
      .replaceAll('%20', '+')
      .replace(/[!'()~]/g, percent)
  }
  return name === 'escapeJavaScript' && /^[A-Za-z0-9 ._:;,@=&?%+*#()[\]{}-]*$/.test(text) ? text : undefined
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
