import { createHash } from 'node:crypto'
import type { Config } from '../config/schema.ts'
import { planTarget, scriptName } from '../plan/plan.ts'
import type { Renderer } from './program.ts'

/** The programs of a config by file name: one for each target, and those over all targets. Or only those in `names`. */
export function renderPrograms(config: Config, renderer: Renderer, names?: readonly string[]): Map<string, string> {
  const makers: [string, () => string][] = [
    ['sync.sh', () => renderer.sync(config.targets)],
    ['status.sh', () => renderer.status(config.targets)],
    ['backup.sh', () => renderer.backup(config.targets)],
    ['rollback.sh', () => renderer.rollback(config.targets)],
    ...config.targets.map((target): [string, () => string] => [scriptName(target.name), () => renderer.target(planTarget(target))]),
  ]
  return new Map(makers.filter(([name]) => names?.includes(name) ?? true).map(([name, make]) => [name, withChecksum(make())]))
}

/** The commands of `aliases:`, by file name below bin. */
export function renderAliases(config: Config, renderer: Renderer): Map<string, string> {
  return new Map(config.aliases.map((alias) => [`bin/${alias.name}`, withChecksum(renderer.alias(alias))]))
}

const CHECKSUM = /^# Checksum: {4}([0-9a-f]{64})\n/m

/** Puts the checksum of the rest into the header, so that an edit by hand is seen. */
export const withChecksum = (text: string): string => text.replace(/^(# Regenerate: .*\n)/m, `$1# Checksum:    ${sha256(text)}\n`)

/** How a file stands that may be a generated one. */
export function madeBy(text: string): 'generator' | 'edited' | 'somebody' {
  const checksum = CHECKSUM.exec(text)?.[1]
  if (!checksum) return 'somebody'
  return sha256(text.replace(CHECKSUM, '')) === checksum ? 'generator' : 'edited'
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
