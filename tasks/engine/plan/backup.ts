import type { Target } from '../config/schema.ts'
import type { Setting } from './driver.ts'
import { type Shell, sh } from './shell.ts'

const RULES = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'within'] as const

/** How many backups stay where no rule is given; siblings stand in the way, so of them there are fewer. */
const KEEP = { directory: 'last=10', sibling: 'last=3' } as const

/** The rules of a target as the bash store reads them: `last=10 daily=7 within=30d`. */
export function keepRules({ backup }: Target): string {
  const given = RULES.flatMap((rule) => {
    const value = backup[`keep_${rule}`]
    return value === undefined || value === 0 ? [] : [`${rule}=${value}`]
  })
  return given.join(' ') || KEEP[backup.layout ?? 'directory']
}

/** The programs that the rules of a target need, with the Debian package of each. */
export function backupPrograms({ backup }: Target): { name: string; package: string }[] {
  const { compress, compress_after, remote } = backup
  const packer = compress === 'zstd' ? 'zstd' : 'gzip'
  return [
    ...((compress && compress !== 'none') || compress_after ? [packer, 'tar'] : []),
    ...(remote ? ['rclone', 'gzip', 'tar'] : []),
  ].map((name) => ({ name, package: name }))
}

/** What a target's program must know to make and keep its backups. */
export function backupSettings(target: Target): Record<string, Setting> {
  const { layout, compress, compress_after, remote, after_commit } = target.backup
  return {
    backup_keep: keepRules(target),
    ...(layout === 'sibling' && { backup_layout: layout }),
    ...(compress && compress !== 'none' && { backup_compress: compress }),
    ...(compress_after && { compress_after }),
    ...(remote && { backup_remote: remote }),
    ...(after_commit === 'keep' && { after_commit }),
  }
}

/** Bash for what becomes of a new backup, beside the rules; undefined where that is nothing. */
export function afterBackup({ backup }: Target): Shell | undefined {
  const { compress, compress_after, remote } = backup
  const packs = (compress && compress !== 'none') || compress_after
  if (packs && remote) return sh`pack_backups\n  upload_backups`
  if (packs) return sh`pack_backups`
  return remote ? sh`upload_backups` : undefined
}

/** What a target writes, as far as it is saved and rolled back. */
export interface Written {
  /** Paths and patterns. */
  readonly outputs: readonly string[]
  /** The folder of what a rollback holds one by one. */
  readonly items: string | undefined
  /** The folders of those that stand elsewhere, by their names. */
  readonly itemFolders?: Readonly<Record<string, string>>
}

/** The same for the programs over all targets, with `outputs` and its `items`, as a call of target_backup. */
export function targetBackup(target: Target, { outputs, items, itemFolders = {} }: Written): Shell {
  const folders = [items ?? '', ...Object.entries(itemFolders).map(([name, folder]) => `${name} ${folder}`)].join('\n')
  const { layout, compress, compress_after, remote } = target.backup
  const packing = compress === undefined || compress === 'none' ? '' : compress
  return sh`target_backup ${layout ?? 'directory'} ${keepRules(target)} ${packing} ${compress_after ?? ''} ${remote ?? ''} ${folders}${outputs.length > 0 ? sh` ${outputs}` : sh``}`
}
