/** A file of the config, by its name in messages, and its text. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** A mistake in a text and where it stands: offsets into the text, the end excluded. */
export interface Problem {
  /** A function where the words take work, such as a search for the nearest name: only a few are shown. */
  readonly message: string | (() => string)
  readonly start: number
  readonly end: number
}

/** A mistake in one of the files of a config. */
export interface PlacedProblem extends Problem {
  readonly source: Source
}

/** Thrown for a config that cannot be used. `message` is the whole text for a person; the exit code is 2, or 3 when the file is missing. */
export class ConfigError extends Error {
  readonly exitCode: 2 | 3

  constructor(message: string, exitCode: 2 | 3 = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

const MOST_SHOWN = 20

/**
 * One text of the first problems: `FILE:LINE:COLUMN: MESSAGE`, the line, and a mark under the place; and how many more there are.
 * Those of a file stand together.
 */
export function formatProblems(problems: readonly PlacedProblem[]): string {
  const sources = [...new Set(problems.map(({ source }) => source))]
  const sorted = sources.flatMap((source) =>
    problems.filter((problem) => problem.source === source).sort((one, other) => one.start - other.start),
  )
  const texts = sorted.slice(0, MOST_SHOWN).map(formatProblem)
  const more = problems.length - texts.length
  return [...texts, ...(more > 0 ? [`${sources[0]?.file}: and ${more.toLocaleString('en')} more`] : [])].join('\n')
}

/** `FILE:LINE:COLUMN` of where it stands. */
export function placeInWords({ source: { file, text }, start }: PlacedProblem): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  return `${file}:${lineNumber(text, lineStart)}:${start - lineStart + 1}`
}

/** Characters of a line that are shown before and after the start of the place. */
const BEFORE = 100
const AFTER = 100

function formatProblem(problem: PlacedProblem): string {
  const { message, start, end } = problem
  const { text } = problem.source
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', start)
  const line = withoutPasswords(text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, ''))
  const column = start - lineStart
  const cut = Math.max(0, column - BEFORE)
  const shown = line.slice(cut, column + AFTER)
  const indent = shown.slice(0, column - cut).replace(/[^\t]/g, ' ')
  const mark = `^${'~'.repeat(Math.max(0, Math.min(end - start, shown.length - indent.length) - 1))}`
  const words = typeof message === 'string' ? message : message()
  return `${placeInWords(problem)}: ${words}\n  ${shown}\n  ${indent}${mark}`
}

function lineNumber(text: string, lineStart: number): number {
  let number = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) number++
  return number
}

/** As many stars as the password of an address is long, so that columns stay. */
const withoutPasswords = (source: string): string =>
  source.replace(
    /(:\/\/[^/@:\s]*:|[?&]\w*password=)([^/@&\s"']+)/g,
    (_, before: string, password: string) => before + '*'.repeat(password.length),
  )
