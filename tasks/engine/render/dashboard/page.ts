import Handlebars from 'handlebars'
import { sha256 } from '../../sha256.ts'
import type { View } from './model.ts'

/** The texts of templates/dashboard. */
export interface Assets {
  readonly page: string
  readonly target: string
  readonly run: string
  readonly style: string
  readonly script: string
}

export interface Page {
  readonly html: string
  /** What the page may load and run: its own style and script, and where it is served, itself. */
  readonly policy: string
}

/** Gives a function that makes a page; every text of the view is escaped. */
export function createPage({ page, target, run, style, script }: Assets): (view: View) => Page {
  const handlebars = Handlebars.create()
  const options = { strict: true, knownHelpersOnly: true, preventIndent: true }
  handlebars.registerPartial({ target: handlebars.compile(target, options), run: handlebars.compile(run, options) })
  const template = handlebars.compile<View & { style: string; script: string; policy: string }>(page, options)
  return (view) => {
    const policy = policyOf(style, script, view.live)
    return { html: template({ ...view, style, script, policy }), policy }
  }
}

const policyOf = (style: string, script: string, live: boolean): string =>
  [
    "default-src 'none'",
    `style-src ${sourceOf(style)}`,
    `script-src ${sourceOf(script)}`,
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

/** The source of a Content Security Policy that allows one text. */
const sourceOf = (text: string): string => `'sha256-${Buffer.from(sha256(text), 'hex').toString('base64')}'`
