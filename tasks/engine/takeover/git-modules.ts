import { readSections } from './sections.ts'
import type { Taken, TakenRepository } from './taken.ts'

/** A .gitmodules file: see git help gitmodules. A branch of `.` is that of the repository around it. */
export function fromGitModules(text: string): Taken {
  const repositories: TakenRepository[] = []
  const left: string[] = []
  for (const [section, values] of readSections(text)) {
    const [path, url, branch] = [values.get('path'), values.get('url'), values.get('branch')]
    if (!section.startsWith('submodule') || path === undefined || url === undefined) {
      left.push(`${section}: no submodule with a path and a url`)
    } else if (/^\.{1,2}\//.test(url)) {
      left.push(`${path}: its url ${url} is relative to that of the repository around it; write it out in full`)
    } else {
      repositories.push({ path, url, ...(branch === undefined || branch === '.' ? {} : { branch }) })
    }
  }
  return { repositories, jobs: [], left }
}
