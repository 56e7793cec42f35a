import { drivers } from '../../tasks/drivers/index.ts'
import { loadConfig } from '../../tasks/engine/config/load.ts'
import type { Root } from '../../tasks/engine/config/resolve.ts'
import type { Config } from '../../tasks/engine/config/schema.ts'
import { verbs } from '../../tasks/verbs.ts'

/** A config without mistakes, for tests that replace one piece of it. */
export const good = `version: "1.0"
targets:
  demo:
    driver: git_repos
    config:
      base_url: https://example.org/group
      branch: "18.0"
      destination: addons
      repositories:
        - web
`

/** The good config with `piece` replaced; fails where the piece is not there, so that no test goes dumb. */
export function goodWith(piece: string, replacement: string): string {
  if (!good.includes(piece)) throw new Error(`the good config does not hold ${JSON.stringify(piece)}`)
  return good.replace(piece, () => replacement)
}

/** The good config with more lines in the target `demo`, each indented as its keys are. */
export const goodPlus = (...lines: readonly string[]): string =>
  goodWith('    config:', [...lines.map((line) => `    ${line}`), '    config:'].join('\n'))

export const load = (text: string, root?: Root): Config => loadConfig(text, 'sync.yaml', { drivers, verbs }, root)
