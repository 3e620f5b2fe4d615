/** Control characters, and the marks by which a text can be made to read in another order than it is written. */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/**
 * A text of unverified origin for a terminal or a sheet: what would act instead of being seen is spelt out, `\u001b`.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
