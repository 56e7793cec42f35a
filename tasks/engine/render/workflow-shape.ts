import type { Schedule } from './schedules/github.ts'

/** A workflow of GitHub Actions, as far as it is used here: docs.github.com, "Workflow syntax". */
export interface Workflow {
  readonly name: string
  readonly on: {
    readonly schedule?: readonly Schedule[]
    readonly workflow_dispatch: { readonly inputs: Readonly<Record<string, Input>> }
    readonly push?: { readonly branches: readonly string[] }
    readonly pull_request?: null
  }
  readonly permissions: Readonly<Record<string, never>>
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Input {
  readonly description: string
  readonly type: 'boolean' | 'choice' | 'string'
  readonly options?: readonly string[]
  readonly default: boolean | string
}

export interface Job {
  readonly name: string
  readonly needs?: readonly string[]
  readonly if: string
  readonly 'runs-on': string
  readonly 'timeout-minutes': number
  readonly permissions: { readonly contents: 'read' | 'write'; readonly pages?: 'write'; readonly 'id-token'?: 'write' }
  readonly strategy?: { readonly matrix: { readonly shard: readonly number[] }; readonly 'fail-fast': boolean }
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean; readonly queue?: 'max' }
  readonly environment?: { readonly name: string; readonly url: string }
  readonly outputs?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export type Step = ActionStep | RunStep

interface ActionStep {
  readonly id?: string
  readonly if?: string
  readonly uses: string
  readonly with?: Readonly<Record<string, boolean | number | string>>
}

interface RunStep {
  readonly id?: string
  readonly run: string
  readonly env?: Readonly<Record<string, string>>
}

/** The actions used, at the commits that were looked at; the version stands beside each in the file. */
export const ACTIONS = {
  checkout: { uses: 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1', version: 'v7.0.1' },
  setupNode: { uses: 'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020', version: 'v7.0.0' },
  cacheRestore: { uses: 'actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9', version: 'v6.1.0' },
  cacheSave: { uses: 'actions/cache/save@55cc8345863c7cc4c66a329aec7e433d2d1c52a9', version: 'v6.1.0' },
  deployPages: { uses: 'actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128', version: 'v5.0.0' },
  downloadArtifact: { uses: 'actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c', version: 'v8.0.1' },
  uploadPages: { uses: 'actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9', version: 'v5.0.0' },
  uploadArtifact: { uses: 'actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f', version: 'v7.0.0' },
} as const

export const RUNNER = 'ubuntu-latest'

/** For a job in which nothing may write: no token stays behind in its checkout. */
export const CHECKOUT: Step = { uses: ACTIONS.checkout.uses, with: { 'persist-credentials': false } }

/** A command as what npm ci has installed, and never as what a registry has of that name. */
export const onlyInstalled = (command: string): string => command.replace(/^npx /, 'npx --no-install ')
