import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, normalize } from 'node:path'
import { SECRET_NAMES } from '../../config/secret-names.ts'
import type { Run } from '../../render/dashboard/past.ts'

/** What is more, or larger, is only named. */
const FILES = 50
const BYTES = 262_144
/** So many manifests are looked through for what a run left: the next that overwrites it has it. */
const BACKUPS = 5
const TARGET = /^[A-Za-z][A-Za-z0-9_.-]*$/
const SECRET = /^(\.env.*|\.netrc|\.pgpass|id_\w+|.*\.(key|pem|p12|pfx))$/i
const BACKUP = /\d{8}_\d{6}(\.[\w-]+)?$/

/** How a diff is shown, whatever the person has set for Git. */
export const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--unified=2'] as const
export const LIMITS = { encoding: 'utf8', timeout: 5000, maxBuffer: BYTES } as const

/**
 * What a run that made no commit changed in text files: from what it saved to what it left, and a line of how many more it changed. What
 * it left is told by the time at which the content of a file, or its copy in a later backup, was changed: that lies within the run.
 */
export function changesOf(root: string, run: Run): string {
  const all = [
    ...run.rewritten.map((path) => ({ path, before: true, after: true })),
    ...run.removed.map((path) => ({ path, before: true, after: false })),
    ...run.created.map((path) => ({ path, before: false, after: true })),
  ]
  if (all.length === 0 || !TARGET.test(run.target) || !existsSync(root)) return ''
  const files = filesOf(root, run)
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'))
  try {
    for (const side of ['a', 'b']) mkdirSync(join(folder, side))
    const shown = all.slice(0, FILES).filter(({ path, before, after }) => {
      const [saved, left] = [before ? files.saved(path) : '', after ? files.left(path) : '']
      if (saved === undefined || left === undefined) return false
      if (before) cpSync(saved, join(folder, 'a', path))
      if (after) cpSync(left, join(folder, 'b', path))
      return true
    })
    if (shown.length === 0) return ''
    const { stdout } = spawnSync('git', ['-C', folder, 'diff', '--no-index', '--no-prefix', ...PLAIN, '--', 'a', 'b'], LIMITS)
    const others = all.length - shown.length
    return others === 0 ? (stdout ?? '') : `${stdout ?? ''}(${others} more: private, large, or kept nowhere as the run left them)`
  } catch {
    return '' // A file went meanwhile.
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the files of a run are, as it found them and as it left them; undefined where that is not known, or not to be shown. */
function filesOf(root: string, { run, at, target, backup }: Run) {
  const place = join(root, '.insightpulse/backups', target)
  const store = existsSync(place) ? realpathSync(place) : place
  const own = BACKUP.exec(backup)?.[0]
  const names = existsSync(store) ? readdirSync(store).sort() : []
  const later = names.filter((name) => BACKUP.test(name) && name !== own && name > run.slice(0, 15)).slice(0, BACKUPS)
  const isOfRun = (seconds: number): boolean => seconds >= startOf(run) && seconds <= Date.parse(at) / 1000
  const inRoot = (path: string): string | undefined => shownFile(realpathSync(root), path)
  const inBackup = (name: string, path: string): string | undefined =>
    shownFile(join(store, name, 'files'), path) ?? inRoot(`${path}.bak.${name}`)
  return {
    saved: (path: string): string | undefined => (own === undefined ? undefined : inBackup(own, path)),
    left: (path: string): string | undefined => {
      const present = inRoot(path)
      if (present !== undefined && isOfRun(Math.floor(lstatSync(present).ctimeMs / 1000))) return present
      const kept = later.find((name) => isOfRun(changedAt(join(store, name, 'manifest.json'), path)))
      return kept === undefined ? undefined : inBackup(kept, path)
    },
  }
}

/** The time in the id of a run, in seconds. */
const startOf = (run: string): number => {
  const [, ...numbers] = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)/.exec(run) ?? []
  const [year = Number.NaN, month = 1, ...rest] = numbers.map(Number)
  return Date.UTC(year, month - 1, ...rest) / 1000
}

/** A plain file below a folder that is small and not private. */
function shownFile(folder: string, path: string): string | undefined {
  const file = join(folder, path)
  const name = basename(path)
  if (
    SECRET.test(name) ||
    SECRET_NAMES.test(name) ||
    normalize(path) !== path ||
    path.startsWith('/') ||
    /^\.\.?(\/|$)/.test(path) ||
    !existsSync(file)
  )
    return undefined
  const facts = lstatSync(file)
  const isShown = facts.isFile() && facts.size <= BYTES && (facts.mode & 0o044) !== 0
  const folders = path.split('/').map((_, index, parts) => join(folder, ...parts.slice(0, index)))
  const isOpen = folders.slice(1).every((each) => (lstatSync(each).mode & 0o011) !== 0)
  return isShown && isOpen && realpathSync(dirname(file)) === dirname(file) ? file : undefined
}

/** When a file that a backup holds was changed before it was saved, in seconds: see manifest.sh of scripts/lib/backups. */
function changedAt(manifest: string, path: string): number {
  const encoded = path.replaceAll(/[\0-\x1f"%\\\x7f]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  const text = existsSync(manifest) ? readFileSync(manifest, 'utf8') : ''
  const start = text.indexOf(`\n{"path":"${encoded}","type":"file",`)
  const [, day, time] =
    /"ctime":"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(start < 0 ? '' : (text.slice(start + 1).split('\n', 1)[0] ?? '')) ?? []
  return Date.parse(`${day}T${time}Z`) / 1000
}
