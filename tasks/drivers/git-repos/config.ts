import { z } from 'zod'
import { lateText, plainName, relativePath } from '../../engine/config/fields.ts'

const ADDRESS = /^(https?:\/\/|ssh:\/\/|git:\/\/|file:\/\/\/|\/)[^\s\0-\x1f]+$|^[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s\0-\x1f]+$/
const address = lateText(ADDRESS, 'the address of a Git server: https://, http://, ssh://, git://, file:///, a path, or user@host:path')
const branch = lateText(/^[A-Za-z0-9_](?!.*\.\.)[A-Za-z0-9._/+@-]*$/, 'the name of a branch')
const tag = lateText(/^(refs\/tags\/)?(?!refs\/)[A-Za-z0-9_](?!.*\.\.)[A-Za-z0-9._/+@-]*$/, 'the name of a tag')
const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a whole commit id, in small letters')
const request = z.int().min(1).max(999_999_999)

export const WANTED = ['branch', 'ref', 'commit'] as const
export const MERGED = [...WANTED, 'pr', 'mr'] as const

/** What is merged upon it: a branch of the same repository, or one of these. */
const merge = z.union(
  [
    branch,
    z
      .strictObject({
        url: address.optional().describe("Another repository than the entry's own, such as a fork of it."),
        branch: branch.optional().describe('A branch.'),
        ref: tag.optional().describe('A tag.'),
        commit: commit.optional().describe('A commit.'),
        pr: request.optional().describe('The number of a pull request: refs/pull/NUMBER/head (GitHub, Gitea, Forgejo).'),
        mr: request.optional().describe('The number of a merge request: refs/merge-requests/NUMBER/head (GitLab).'),
      })
      .refine((entry) => MERGED.filter((key) => entry[key] !== undefined).length === 1, 'takes one of branch, ref, commit, pr and mr'),
  ],
  { error: 'must be a branch, or one of branch, ref, commit, pr and mr, perhaps with a url' },
)

/** One with something of its own. */
const described = z
  .strictObject({
    name: plainName.describe('Its name on the server, and of its folder.'),
    url: address.optional().describe('Its address, if that is not base_url/name.'),
    destination: relativePath
      .refine((path) => !/["\\]/.test(path), 'must not contain quotes and backslashes')
      .optional()
      .describe('The folder that its files stand in, from the root, if that is not destination/name.'),
    branch: branch.optional().describe('Another branch than that of the others.'),
    ref: tag.optional().describe('A tag, in place of a branch.'),
    commit: commit.optional().describe('It stays at this commit.'),
    merges: z.array(merge).min(1, 'must name something to merge').default([]).describe('Merged upon it, in this order.'),
    patches: z
      .array(relativePath)
      .min(1, 'must name at least one patch')
      .default([])
      .describe('Files of this repository that are applied then, in this order, as git format-patch writes them.'),
  })
  .refine((entry) => WANTED.filter((key) => entry[key] !== undefined).length < 2, 'takes one of branch, ref and commit')

const repository = z.union([plainName, described], {
  error: 'must be a name, or a name with a url, and a branch, a ref or a commit',
})

export type Repository = z.output<typeof repository>
export type Merge = z.output<typeof merge>

const settings = z.strictObject({
  base_url: address.optional().describe('Where the repositories are that have no url of their own.'),
  branch: branch.describe('The branch that is mirrored.'),
  destination: relativePath.describe('The folder that the repositories stand in.'),
  lock_file: relativePath
    .optional()
    .describe('Where commit and tree of each are written down; destination + .lock.json if it is left out.'),
  repositories: z
    .array(repository)
    .min(1, 'must name at least one repository')
    .superRefine((repositories, context) => {
      const seen = new Set<string>()
      repositories.forEach((entry, index) => {
        const name = nameOf(entry)
        if (seen.has(name)) context.addIssue({ code: 'custom', path: [index], message: `"${name}" is listed twice` })
        seen.add(name)
      })
    })
    .describe('Names below base_url, or repositories with something of their own.'),
  prune: z.boolean().default(false).describe('Remove what left the list; else it is only said.'),
  jobs: z.int().min(1).max(64).default(8).describe('So many at once; over ssh at most 8 a host.'),
  timeout: z.int().min(1).max(86_400).default(300).describe('Seconds for one call over the network.'),
  shards: z
    .int()
    .min(2)
    .max(256)
    .optional()
    .describe('On GitHub and Kubernetes so many machines ask and fetch, each its share; one more takes them and does the rest.'),
  tries: z.int().min(1).max(10).default(3).describe('Attempts for one call over the network.'),
})

export const config = settings.superRefine((settings, context) => {
  const { base_url, repositories } = settings
  reportMeetings(settings, context)
  const bare = repositories.findIndex((entry) => typeof entry === 'string' || entry.url === undefined)
  const entry = repositories[bare]
  if (base_url !== undefined || entry === undefined) return
  context.addIssue({ code: 'custom', path: ['repositories', bare], message: `"${nameOf(entry)}" needs a url, or base_url for all` })
})

/** A folder holds one repository alone, and not the lock file. */
function reportMeetings({ destination, lock_file, repositories }: z.output<typeof settings>, context: z.RefinementCtx): void {
  const folders = repositories.map((entry) => ownFolder(entry) ?? `${destination}/${nameOf(entry)}`)
  repositories.forEach((entry, index) => {
    const own = ownFolder(entry)
    if (own === undefined) return
    const path = ['repositories', index, 'destination']
    const other = folders.findIndex((folder, place) => place !== index && (isWithin(folder, own) || isWithin(own, folder)))
    const otherEntry = repositories[other]
    if (otherEntry) context.addIssue({ code: 'custom', path, message: `meets the folder of "${nameOf(otherEntry)}", ${folders[other]}` })
    const lockFile = lock_file ?? `${destination}.lock.json`
    if (isWithin(lockFile, own)) context.addIssue({ code: 'custom', path, message: `the lock file, ${lockFile}, must not stand in it` })
  })
}

const isWithin = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`)

const ownFolder = (entry: Repository): string | undefined => (typeof entry === 'string' ? undefined : entry.destination)

export const nameOf = (entry: Repository): string => (typeof entry === 'string' ? entry : entry.name)
