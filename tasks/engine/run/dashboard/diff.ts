import { spawnSync } from 'node:child_process'
import { SECRET_NAMES } from '../../config/secret-names.ts'
import type { Run } from '../../render/dashboard/past.ts'
import { changesOf, LIMITS, PLAIN } from './changes.ts'

const LINES = 150
const LINE = 200

/** What a run changed in the files below `root`, as text: by its commit, or by what it saved and left. Empty where nothing tells it. */
export function diffsOf(root: string): (run: Run) => string {
  const secrets = Object.entries(process.env).flatMap(([name, value = '']) => (SECRET_NAMES.test(name) && value.length >= 6 ? [value] : []))
  const longestFirst = secrets.flatMap((value) => value.split('\n')).toSorted((one, other) => other.length - one.length)
  const masked = (text: string): string =>
    longestFirst
      .reduce((rest, secret) => (secret.length < 6 ? rest : rest.replaceAll(secret, '***')), text)
      .replaceAll(/(:\/\/[^/@:\s]*):[^/@\s]+@/g, '$1:***@')
  // A commit never changes, and a page that is served is made again and again.
  const known = new Map<string, string>()
  return (run) => {
    const { commit } = run
    if (commit === '') return cut(masked(changesOf(root, run)))
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return ''
    const diff = known.get(commit) ?? cut(masked(shown(root, commit)))
    known.set(commit, diff)
    return diff
  }
}

function shown(root: string, commit: string): string {
  return spawnSync('git', ['--no-pager', '-C', root, 'show', '--format=', ...PLAIN, commit, '--', '.'], LIMITS).stdout ?? ''
}

function cut(text: string): string {
  const lines = text.trimEnd().split('\n')
  const first = lines.slice(0, LINES).map((line) => (line.length > LINE ? `${line.slice(0, LINE)}…` : line))
  return [...first, ...(lines.length > LINES ? ['…'] : [])].join('\n')
}
