import { parse } from 'yaml'
import { isCommit, type Taken, type TakenRepository } from './taken.ts'

/**
 * A .repos file of vcstool: `repositories:`, each folder with type, url and version. Source: github.com/dirk-thomas/vcstool,
 * README. @throws Error where it is not YAML of that shape.
 */
export function fromVcstool(text: string): Taken {
  const listed = (parse(text, { schema: 'failsafe' }) as { repositories?: unknown } | null)?.repositories
  if (typeof listed !== 'object' || listed === null || Array.isArray(listed))
    throw new Error('no mapping "repositories", as vcstool has it')
  const repositories: TakenRepository[] = []
  const left: string[] = []
  for (const [path, entry] of Object.entries(listed as Record<string, { type?: unknown; url?: unknown; version?: unknown } | null>)) {
    const { type, url, version } = entry ?? {}
    if (type !== 'git' || typeof url !== 'string') {
      left.push(`${path}: is kept with ${String(type)}; only Git repositories with a url can be mirrored`)
      continue
    }
    const ref = typeof version === 'string' ? version : ''
    const looksLikeTag = /^v?\d+\.\d+\.\d+/.test(ref)
    if (looksLikeTag) left.push(`${path}: ${ref} is taken for a tag; if it is a branch, write branch: in place of ref:`)
    repositories.push({ path, url, ...(ref !== '' && { [isCommit(ref) ? 'commit' : looksLikeTag ? 'ref' : 'branch']: ref }) })
  }
  return { repositories, jobs: [], left }
}
