/** A repository that another tool keeps in a folder. */
export interface TakenRepository {
  /** Where it stands, relative to what the other tool calls its root. */
  readonly path: string
  readonly url: string
  /** What is checked out, if that is written there: one of these. */
  readonly branch?: string
  /** A tag. */
  readonly ref?: string
  readonly commit?: string
  /** What is merged upon it, in this order. */
  readonly merges?: readonly (string | TakenMerge)[]
}

/** What is merged upon a repository, as git_repos takes it: a branch alone is only its name. */
export interface TakenMerge {
  /** Of another repository. */
  readonly url?: string
  readonly branch?: string
  /** A tag. */
  readonly ref?: string
  readonly commit?: string
  /** The number of a pull request of GitHub. */
  readonly pr?: number
  /** The number of a merge request of GitLab. */
  readonly mr?: number
}

/** A command that another tool runs by the clock. */
export interface TakenJob {
  readonly schedule: string
  readonly timezone?: string
  readonly command: string
  /** Settings of the environment that stand above it, in their order. */
  readonly environment: readonly (readonly [name: string, value: string])[]
  readonly line: number
}

/** What one file of another tool gives. */
export interface Taken {
  readonly repositories: readonly TakenRepository[]
  readonly jobs: readonly TakenJob[]
  /** What is not taken over, or not as it was: a line each, with the reason. */
  readonly left: readonly string[]
}

/** A commit, which is no branch. */
export const isCommit = (version: string): boolean => /^[0-9a-f]{40}$/.test(version)
