import type { LineCounter } from 'yaml'

/** A mistake in sync.yaml and where it stands: line and column count from 1, `length` is for the mark under it. */
export interface Problem {
  readonly message: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** Thrown for a config that cannot be used. `message` is the whole text for a person; the exit code is 2, or 3 when the file is missing. */
export class ConfigError extends Error {
  readonly exitCode: 2 | 3

  constructor(message: string, exitCode: 2 | 3 = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/** One text of all problems: `FILE:LINE:COLUMN: MESSAGE`, the line, and a mark under the place. */
export function formatProblems(file: string, text: string, problems: readonly Problem[]): string {
  const lines = text.split('\n')
  return [...problems]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map(({ message, line, column, length }) => {
      const source = withoutPasswords((lines[line - 1] ?? '').replace(/\r$/, ''))
      const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ')
      const mark = `^${'~'.repeat(Math.max(0, Math.min(length, source.length - column + 1) - 1))}`
      return `${file}:${line}:${column}: ${message}\n  ${source}\n  ${indent}${mark}`
    })
    .join('\n')
}

/** As many stars as the password of an address is long, so that columns stay. */
const withoutPasswords = (source: string): string =>
  source.replace(
    /(:\/\/[^/@:\s]*:|[?&]\w*password=)([^/@&\s"']+)/g,
    (_, before: string, password: string) => before + '*'.repeat(password.length),
  )

export function problemAt(lines: LineCounter, message: string, start: number, end: number): Problem {
  const { line, col } = lines.linePos(start)
  return { message, line: Math.max(line, 1), column: Math.max(col, 1), length: Math.max(end - start, 1) }
}
