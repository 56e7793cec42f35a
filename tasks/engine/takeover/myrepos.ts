import { readSections } from './sections.ts'
import type { Taken, TakenRepository } from './taken.ts'

/** A .mrconfig of myrepos: a section a folder, with `checkout = git clone URL FOLDER`. Source: mr(1). */
export function fromMyrepos(text: string): Taken {
  const repositories: TakenRepository[] = []
  const left: string[] = []
  for (const [path, values] of readSections(text)) {
    if (path === 'DEFAULT') {
      left.push('DEFAULT: settings of mr are not taken over')
      continue
    }
    const checkout = values.get('checkout') ?? ''
    const words = (checkout.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
    const branchAt = words.findIndex((word) => word === '-b' || word === '--branch')
    const branch = branchAt < 0 ? undefined : words[branchAt + 1]
    const url = words.find((word, index) => index > 1 && index !== branchAt + 1 && /[:/]/.test(word))
    if (words[0] !== 'git' || words[1] !== 'clone' || url === undefined || /[;&|\n]/.test(checkout)) {
      left.push(`${path}: its checkout is more than git clone: ${checkout.split('\n')[0]}`)
    } else {
      repositories.push({ path, url, ...(branch === undefined ? {} : { branch }) })
    }
    const others = [...values.keys()].filter((key) => key !== 'checkout')
    if (others.length > 0) left.push(`${path}: ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} not taken over`)
  }
  return { repositories, jobs: [], left }
}
