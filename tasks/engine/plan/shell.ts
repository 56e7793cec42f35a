import { LateText, type Variable } from '../config/late.ts'

/** A piece of bash. Made by `sh` only, so that no unquoted text gets in. */
export class Shell {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type ShellValue = string | number | boolean | Shell | LateText | readonly (string | number)[]

/**
 * Bash from a template. A string or number becomes one word, an array several, another `sh` is inserted as it is, late
 * text becomes `"${NAME}"`, or `"${lockstep_env_name}"` where the name is not in capitals: such names are the program's own.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  return new Shell(strings.reduce((text, part, index) => text + word(values[index - 1] as ShellValue) + part))
}

function word(value: ShellValue): string {
  if (value instanceof Shell) return value.text
  if (value instanceof LateText) return `"${value.parts.map((part) => insideQuotes(part)).join('')}"`
  if (Array.isArray(value)) return value.map((item) => quote(String(item))).join(' ')
  return quote(String(value))
}

function insideQuotes(part: string | Variable): string {
  const text = typeof part === 'string' ? part : (part.fallback ?? '')
  if (text.includes('\0')) throw new Error(NUL)
  if (typeof part === 'string') return text.replace(/[\\"$`]/g, '\\$&')
  const name = part.ours || !NOT_AS_IT_IS.test(part.name) ? part.name : `lockstep_env_${part.name}`
  if (part.fallback === undefined) return `\${${name}}`
  // bash 5 pairs apostrophes in ${...} even inside double quotes, and looks for the end of <( and >( there: what begins them steps
  // out of the quotes for its moment.
  return `\${${name}:-${text.replace(/[\\"$`}]/g, '\\$&').replaceAll(/'|(?<=[<>])\(/g, '"\\$&"')}}`
}

/** Names that a program sets aside (scripts/lib/shell/environment.sh), or that bash gives a value of its own. */
const NOT_AS_IT_IS =
  /[a-z]|^(BASH.*|CDPATH|COLUMNS|DIRSTACK|ENV|EPOCH.*|EUID|EXECIGNORE|FUNCNAME|GIT_.*|GLOBIGNORE|GREP_OPTIONS|GROUPS|HIST.*|HOSTNAME|HOSTTYPE|IFS|LINENO|LINES|MACHTYPE|OPT(ARG|ERR|IND)|OSTYPE|PIPESTATUS|POSIXLY_CORRECT|PPID|PS\d|RANDOM|REPLY|SECONDS|SHELLOPTS|SRANDOM|TAR_OPTIONS|TMOUT|UID)$/

const NUL = 'a NUL character cannot be passed to a program'

/** One word of bash: bare where it is plain, else in single quotes. Throws on NUL, which no argument can hold. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new Error(NUL)
  if (/^[A-Za-z0-9_/.:@%+,-][A-Za-z0-9_/.:@%+=,-]*$/.test(text)) return text
  return `'${text.replaceAll("'", `'\\''`)}'`
}
