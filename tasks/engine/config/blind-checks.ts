/** A check as far as it matters here: whether a number that it prints is compared with limits, too. */
export interface Check {
  readonly command: string
  readonly expectedExitCode: number
  readonly hasLimits: boolean
  /** The keys that set such a limit. */
  readonly limits: string
}

/**
 * Why a check passes whatever it looks at, with what works instead; undefined where nothing is seen. Commands are run by
 * bash without pipefail. Only what is plainly so is said: of a command that holds more than lists, pipelines and quotes,
 * nothing is.
 */
export function blindness({ command, expectedExitCode, hasLimits, limits }: Check): string | undefined {
  if (hasLimits || expectedExitCode !== 0) return undefined
  const last = lastPipeline(command.trim())
  if (!last) return undefined
  const words = last.members.at(-1) ?? []
  const name = words[0] ?? ''
  if (name === 'find' && words.some((word) => /^-(exec|execdir|ok|okdir)$/.test(word)) && words.some(isSemicolon)) {
    return 'cannot fail: find hides how what it runs with -exec … \\; ended; end it with {} + instead'
  }
  if (last.members.length > 1 && name === 'wc') {
    return `cannot fail: wc succeeds with any number; set the limits with ${limits}`
  }
  if (last.members.length > 1 && !/\bpipefail\b/.test(command) && passesOn(words) && !last.members.slice(0, -1).every(onlySays)) {
    const first = last.members.find((member) => !onlySays(member))?.[0] ?? ''
    return `cannot fail: of a pipeline only the last command counts, so ${first} may fail unseen behind ${name}; start with "set -o pipefail;"`
  }
  if (last.after !== '&&' && last.after !== '' && last.members.length === 1 && (onlySays(words) || isSuccess(words))) {
    return `cannot fail: it ends with "${words.join(' ')}" whatever comes before`
  }
  return undefined
}

const isSemicolon = (word: string): boolean => /^(\\;|';'|";")$/.test(word)
const onlySays = ([name = '']: readonly string[]): boolean => name === 'echo' || name === 'printf'
const isSuccess = ([name = '', first]: readonly string[]): boolean => name === 'true' || name === ':' || (name === 'exit' && first === '0')

/** Commands that end well on empty input. */
const FILTERS = ['cat', 'column', 'cut', 'head', 'less', 'nl', 'rev', 'sed', 'sort', 'tac', 'tail', 'tee', 'tr', 'uniq']

function passesOn([name = '', ...words]: readonly string[]): boolean {
  return FILTERS.includes(name) || (name === 'jq' && !words.some((word) => /^(-[a-zA-Z]*e[a-zA-Z]*|--exit-status)$/.test(word)))
}

interface Pipeline {
  /** The words of its commands, as they are written. */
  readonly members: readonly (readonly string[])[]
  /** What stands before it: "" for the first, "&&", "||", ";", "&" or a line's end. */
  readonly after: string
}

/** A word, with quotes and escapes, or what separates commands. */
const TOKEN =
  /((?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s\\'"|&;<>()`#$]|\$(?![('])|(?<=[^\s])#|[<>]&?)+)|(\|\||&&|\|&|[|;&\n])|[ \t]+/y
const COMPOUND = /^(if|for|while|until|case|select|function|coproc|time|!|\{|\[\[)$/
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/
const HERE_DOCUMENT = /^\d*<</

/** The last pipeline of a list, or undefined where the command holds more than that. */
function lastPipeline(command: string): Pipeline | undefined {
  const text = command.replaceAll('\\\n', ' ')
  const pipelines: { members: string[][]; after: string }[] = [{ members: [[]], after: '' }]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text)
    const members = pipelines.at(-1)?.members as string[][]
    const words = members.at(-1) as string[]
    if (!match) return undefined
    const [, word, separator] = match
    if (word !== undefined) {
      if ((words.length === 0 && COMPOUND.test(word)) || HERE_DOCUMENT.test(word)) return undefined
      if (words.length > 0 || !ASSIGNMENT.test(word)) words.push(word)
    } else if (separator === '|' || separator === '|&') members.push([])
    else if (separator !== undefined) pipelines.push({ members: [[]], after: separator })
  }
  return pipelines.findLast(({ members }) => members.some((words) => words.length > 0))
}
