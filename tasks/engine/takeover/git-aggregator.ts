import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { isCommit, type Taken, type TakenMerge, type TakenRepository } from './taken.ts'

/**
 * A repos.yaml of git-aggregator: a mapping of folders, each with `remotes:`, `merges:` (REMOTE REF, or a mapping) and
 * `target:`. Source: github.com/acsone/git-aggregator, README. @throws Error where it is not YAML of that shape.
 */
export function fromGitAggregator(text: string): Taken {
  const document = parseDocument(text, { schema: 'failsafe' })
  if (document.errors.length > 0 || !isMap(document.contents)) throw new Error('not a mapping of folders, as git-aggregator has it')
  const repositories: TakenRepository[] = []
  const left: string[] = []
  for (const { key, value } of document.contents.items) {
    const path = String(key).replace(/^\.\//, '')
    const [remotes, merges] = isMap(value) ? [value.get('remotes'), value.get('merges')] : []
    const [first, ...others] = isSeq(merges) ? merges.items.map(mergeOf) : []
    const urlOf = (remote: string): string | undefined => {
      const url = isMap(remotes) ? remotes.get(remote) : undefined
      return typeof url === 'string' ? url : undefined
    }
    const url = urlOf(first?.remote ?? '')
    if (first === undefined || url === undefined) {
      left.push(`${path}: no remote with a ref to merge is written there`)
      continue
    }
    const upon = others.flatMap(({ remote, ref }): (string | TakenMerge)[] => {
      const [what, from] = [whatIs(ref), urlOf(remote)]
      if (what !== undefined && from !== undefined) return [from !== url ? { url: from, ...what } : (what.branch ?? what)]
      left.push(`${path}: ${remote} ${ref} is left out: ${what ? `there is no remote ${remote}` : NOTHING_TO_MERGE}`)
      return []
    })
    const { pr, mr, ...wanted } = whatIs(first.ref) ?? { pr: 0 }
    if (pr !== undefined || mr !== undefined) left.push(`${path}: ${first.ref} is no branch, tag or commit`)
    for (const name of ['shell_command_after', 'fetch_all', 'requires'].filter((each) => (value as YAMLMap).has(each)))
      left.push(`${path}: ${name} is not taken over`)
    repositories.push({ path, url, ...wanted, ...(upon.length > 0 && { merges: upon }) })
  }
  return { repositories, jobs: [], left }
}

function mergeOf(item: unknown): { readonly remote: string; readonly ref: string } {
  if (isMap(item)) return { remote: String(item.get('remote')), ref: String(item.get('ref')) }
  const [remote = '', ref = ''] = (isScalar(item) ? String(item.value) : '').trim().split(/\s+/)
  return { remote, ref }
}

const NOTHING_TO_MERGE = 'it is no branch, tag, commit, pull request or merge request'

/** What a ref is, if it can be merged. */
function whatIs(ref: string): TakenMerge | undefined {
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? []
  const [, request, number] = /^(?:refs\/)?(pull|merge-requests)\/(\d+)\/head$/.exec(ref) ?? []
  if (isCommit(ref)) return { commit: ref }
  if (request !== undefined) return request === 'pull' ? { pr: Number(number) } : { mr: Number(number) }
  if (kind !== undefined) return kind === 'tags' ? { ref: name } : { branch: name }
  return ref.startsWith('refs/') ? undefined : { branch: ref }
}
