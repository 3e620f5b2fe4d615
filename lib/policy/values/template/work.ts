/**
 * Counts what reading a template costs. A step is one token, one node or one piece handled, so that a test can say that
 * twice the text costs twice the steps.
 */
export class Work {
  steps = 0
}
