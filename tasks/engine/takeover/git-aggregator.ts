import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { isCommit, type Taken, type TakenRepository } from './taken.ts'

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
    const remote = first?.remote ?? ''
    const url = isMap(remotes) ? remotes.get(remote) : undefined
    if (first === undefined || typeof url !== 'string') {
      left.push(`${path}: no remote with a ref to merge is written there`)
      continue
    }
    const { ref } = first
    if (others.length > 0) {
      const names = others.map((merge) => `${merge.remote} ${merge.ref}`).join(', ')
      left.push(`${path}: only ${remote} ${ref} is mirrored; Lockstep merges nothing, so these are left out: ${names}`)
    }
    for (const name of ['shell_command_after', 'fetch_all', 'requires'].filter((each) => (value as YAMLMap).has(each)))
      left.push(`${path}: ${name} is not taken over`)
    const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? []
    const foreign = kind === undefined && ref.startsWith('refs/')
    if (foreign) left.push(`${path}: ${ref} is no branch, tag or commit`)
    const wanted = isCommit(ref) ? { commit: ref } : kind === 'tags' && name ? { ref: name } : { branch: name ?? ref }
    repositories.push({ path, url, ...(foreign ? {} : wanted) })
  }
  return { repositories, jobs: [], left }
}

function mergeOf(item: unknown): { readonly remote: string; readonly ref: string } {
  if (isMap(item)) return { remote: String(item.get('remote')), ref: String(item.get('ref')) }
  const [remote = '', ref = ''] = (isScalar(item) ? String(item.value) : '').trim().split(/\s+/)
  return { remote, ref }
}
