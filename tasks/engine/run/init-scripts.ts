import { existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { addScripts, type WithScripts } from '../takeover/package-scripts.ts'
import { isAgreed } from './ask.ts'
import { isCheckout } from './root.ts'

/** What a script of each of these names runs; the package is in its PATH. */
const SCRIPTS = Object.fromEntries(['sync', 'verify', 'status', 'rollback', 'generate'].map((verb) => [verb, `lockstep ${verb}`]))

/** Offers scripts for the package.json of a root, asks, and adds those that it lacks. Gives what there is to say. */
export async function offerScripts(root: string, yes: boolean): Promise<string[]> {
  const path = `${root}/package.json`
  if (!existsSync(path) || isCheckout(root)) return []
  const text = readFileSync(path, 'utf8')
  let more: WithScripts
  try {
    more = addScripts(text, SCRIPTS)
  } catch {
    return ['package.json: cannot be read, so no scripts were added']
  }
  if (more.added.length === 0) return []
  const names = more.added.join(', ')
  const agreed = yes || (process.stdin.isTTY && (await isAgreed(`Add the scripts ${names} to package.json?`)))
  if (!agreed) return [`package.json: scripts such as "sync": "${SCRIPTS['sync']}" let npm run sync do it; init --yes adds them`]
  replace(realpathSync(path), text, more.text)
  const kept = more.kept.length === 0 ? '' : `; it has ${more.kept.join(', ')} already`
  return [`added to: package.json: ${names}${kept}`]
}

/** Whole or not at all, and not over what somebody else has written meanwhile. */
function replace(path: string, former: string, text: string): void {
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, text, { mode: statSync(path).mode, flag: 'wx' })
    if (readFileSync(path, 'utf8') === former) renameSync(beside, path)
  } finally {
    rmSync(beside, { force: true })
  }
}
