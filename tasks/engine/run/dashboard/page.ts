import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type View, viewOf } from '../../render/dashboard/model.ts'
import { createPage, type Page } from '../../render/dashboard/page.ts'
import { pastOf } from '../../render/dashboard/past.ts'
import { type Recorded, recordedState, type State, toldStates } from '../../render/dashboard/states.ts'
import type { LoadedRoot } from '../load-root.ts'
import { diffsOf } from './diff.ts'
import { recordsOf } from './records.ts'

/** More targets than that are asked only where a person says so: each takes tens of milliseconds. */
const MOST_ASKED = 40

/** Where states come from: `status`, which asks each target, or what is written down. */
export type StatesFrom = 'status' | 'records'

export interface Dashboard {
  /** Asks `status`, if the states are to come from it, for the pages that follow. */
  readonly ask: () => Promise<void>
  /** The page of this moment, and what is to be said of it. */
  readonly make: () => Page & { readonly broken: string }
  /** What changes when a run begins, goes on or ends. */
  readonly mark: () => string
}

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../templates/dashboard/${name}`, import.meta.url)), 'utf8')

/** The dashboard of a root. With a folder of `reports` they are shown too, and states are from the records, unless `from` says otherwise. */
export function openDashboard(loaded: LoadedRoot, live: boolean, from: StatesFrom | undefined, reports: string | undefined): Dashboard {
  const {
    root,
    config: { targets },
  } = loaded
  const records = recordsOf(root, reports)
  // Reports of elsewhere may be shown to anybody, who is not to read what is in files.
  const diffOf = reports === undefined ? diffsOf(root) : () => ''
  const pageOf = createPage({
    page: read('page.html.hbs'),
    target: read('target.html.hbs'),
    run: read('run.html.hbs'),
    style: read('style.css'),
    script: read('script.js'),
  })
  const asks = (from ?? (targets.length > MOST_ASKED || reports !== undefined ? 'records' : 'status')) === 'status'
  let told: Map<string, State> | undefined
  let unasked = asks ? 'The targets are being asked how they stand; until they answer, their states are from the records.' : UNASKED
  return {
    ask: async () => {
      if (!asks) return
      const { readStatus } = await import('../programs.ts')
      try {
        told = toldStates(await readStatus(loaded))
      } catch {
        told = undefined
        unasked = 'The program status did not answer; the states are from the records alone.'
      }
    },
    make: () => {
      const now = new Date()
      const past = pastOf(records.history(), now)
      const recorded = (target: string): Recorded => {
        const known = records.recorded(target)
        const last = reports === undefined ? undefined : past.targets.get(target)?.last
        return last === undefined || last.at < (known.lastRun ?? '') ? known : { ...known, lastRun: last.at, lastStatus: last.status }
      }
      const view: View = viewOf({
        name: basename(root),
        now,
        live,
        targets,
        states: told ?? new Map(targets.map((target) => [target.name, recordedState(target, recorded(target.name), now)])),
        unasked: told === undefined ? unasked : undefined,
        past,
        stores: new Map(
          targets.flatMap(({ name }) => {
            const store = records.store(name)
            return store ? [[name, store]] : []
          }),
        ),
        logOf: records.logOf,
        diffOf,
      })
      return { ...pageOf(view), broken: view.broken }
    },
    mark: () => records.mark(targets.map(({ name }) => name)),
  }
}

const UNASKED = 'The states are from the records alone: no target was asked how it stands, and no backup or program was looked at.'
