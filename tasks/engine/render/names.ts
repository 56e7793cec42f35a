/** The names in a text of bash, by what they may be there. */
export interface Names {
  /** What may call a function: the words outside quotation marks, those that a trap runs, and a quoted word that is all of a word. */
  readonly called: ReadonlySet<string>
  /** What may be read of variables: expansions, arithmetic, and names that are passed. */
  readonly read: ReadonlySet<string>
  /** The variables that the text declares to be its own. */
  readonly local: ReadonlySet<string>
  /** Functions whose names are put together, `"webui_probe_$probe"`: how these begin and end, and the variable between. */
  readonly composed: readonly { readonly start: string; readonly variable: string; readonly end: string }[]
}

/** The names that were found so far. */
export type Found = { called: Set<string>; read: Set<string>; local: Set<string>; composed: Names['composed'][number][] }

const NAME = /^[a-z_][a-z0-9_]*$/
const IDENTIFIER = /[a-z_][a-z0-9_]*/g
const COMPOSED = /^([a-z_]+_)?\$\{?([a-z_]+|1)\}?(_[a-z_]+)?$/
/** What these are given are words about a target. */
const TELLS = new Set(['target_backup', 'target_is'])

/** A word of bash. */
export interface Word {
  /** Without its quotation marks; with what it expands left out. */
  readonly plain: string
  readonly bare: boolean
  readonly assigns: boolean
  readonly next: number
}

/** What a word says, which stands first in its command or not. */
export function noteWord({ plain, bare, assigns }: Word, starts: boolean, command: string, found: Found): void {
  if (assigns) {
    const [, name = '', index, sign = '', value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)(\[[^\]]*\])?(\+?=)(.*)$/s.exec(plain) ?? []
    if (command === 'local') found.local.add(name)
    else if (sign === '+=' || index !== undefined || !starts) found.read.add(name)
    for (const [each] of (index ?? '').matchAll(IDENTIFIER)) found.read.add(each)
    if (NAME.test(value) && name !== 'description') found.called.add(value)
    return
  }
  if (TELLS.has(command) && !starts) return
  if (command === 'local') found.local.add(plain)
  else if (NAME.test(plain)) {
    found.called.add(plain)
    if (!starts && bare) found.read.add(plain)
  } else if (bare && !plain.startsWith('-')) for (const [name] of plain.matchAll(IDENTIFIER)) found.read.add(name)
}

/** A function whose name is put together. */
export function noteComposed(inside: string, found: Found): void {
  const [all, start = '', variable = '', end = ''] = COMPOSED.exec(inside) ?? []
  if (all !== undefined && start + end !== '') found.composed.push({ start, variable, end })
}
