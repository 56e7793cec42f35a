import { existsSync, mkdirSync, writeFileSync } from 'node:fs'

/** Makes a folder for nobody else, which Git does not look into, as make_private_folder of scripts/lib/shell/portable.sh does; one that is there stays as it is. */
export function makePrivateFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(`${folder}/.gitignore`, '*\n', { mode: 0o600 })
}
