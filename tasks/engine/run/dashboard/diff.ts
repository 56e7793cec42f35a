import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { SECRET_NAMES } from '../../config/secret-names.ts'
import type { Run } from '../../render/dashboard/past.ts'
import { changesOf, LIMITS, PLAIN } from './changes.ts'

const LINES = 150
const LINE = 200

/** What a run changed in the files below `root`, as text: by its commit, or by what it saved and left. Empty where nothing tells it. */
export function diffsOf(root: string): (run: Run) => string {
  const secrets = [...Object.entries(process.env), ...dotenv(root)].flatMap(([name, value = '']) =>
    SECRET_NAMES.test(name) && value.length >= 6 ? [value] : [],
  )
  const longestFirst = secrets.flatMap((value) => value.split('\n')).toSorted((one, other) => other.length - one.length)
  const masked = (text: string): string =>
    longestFirst
      .reduce((rest, secret) => (secret.length < 6 ? rest : rest.replaceAll(secret, '***')), text)
      .replaceAll(/(:\/\/[^/@:\s]*):[^/@\s]+@/g, '$1:***@')
  // What a run did never changes, and a page that is served is made again and again.
  const known = new Map<string, string>()
  return (run) => {
    const key = run.commit || `${run.run} ${run.target}`
    const diff = known.get(key) ?? cut(masked(run.commit === '' ? changesOf(root, run) : shown(root, run.commit)))
    known.set(key, diff)
    return diff
  }
}

/** What a commit changed. Where the one before it is not there, as in a shallow clone, all that there is would seem to be new. */
function shown(root: string, commit: string): string {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return ''
  const git = (...words: string[]) => spawnSync('git', ['--no-pager', '-C', root, ...words], LIMITS)
  const isShallow = git('rev-parse', '--is-shallow-repository').stdout !== 'false\n'
  if (isShallow && git('rev-parse', '--quiet', '--verify', `${commit}^`).status !== 0) return ''
  return git('show', '--format=', ...PLAIN, commit, '--', '.').stdout ?? ''
}

/** The variables of the .env of a root, as far as a line holds each. */
function dotenv(root: string): [string, string][] {
  const file = `${root}/.env`
  const lines = existsSync(file) ? readFileSync(file, 'utf8').matchAll(/^(?:export )?(\w+)=["']?(.*?)["']?$/gm) : []
  return [...lines].map(([, name = '', value = '']) => [name, value])
}

function cut(text: string): string {
  const lines = text.trimEnd().split('\n')
  const first = lines.slice(0, LINES).map((line) => (line.length > LINE ? `${line.slice(0, LINE)}…` : line))
  return [...first, ...(lines.length > LINES ? ['…'] : [])].join('\n')
}
