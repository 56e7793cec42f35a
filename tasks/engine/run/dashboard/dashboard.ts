import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../config/problem.ts'
import type { Given, Kit } from '../../plan/verb.ts'
import { loadRoot } from '../load-root.ts'
import { makePrivateFolder } from '../private-folder.ts'
import { openDashboard, type StatesFrom } from './page.ts'

const FOLDER = '.insightpulse/reports'
const PORT = '4480'

/** The verb dashboard: gives the exit code. @throws ConfigError for options that do not go together, and for what cannot be read or written. */
export async function dashboard({ words, options }: Given, own: Kit): Promise<number> {
  const { output, serve = false, port = PORT, host = '127.0.0.1', states, reports } = options
  if (serve !== true && ('port' in options || 'host' in options)) throw new ConfigError('dashboard: --port and --host go with --serve')
  if (serve === true && output !== undefined) throw new ConfigError('dashboard: --output and --serve do not go together')
  if (!/^\d{1,5}$/.test(String(port)) || Number(port) > 65_535)
    throw new ConfigError(`dashboard: --port ${port} is not a number from 0 to 65535`)
  if (states !== undefined && !isSource(states)) throw new ConfigError(`dashboard: --states ${states}: must be status or records`)
  const loaded = await loadRoot(words, own)
  const { root } = loaded
  const page = openDashboard(loaded, serve === true, states, reports === undefined ? undefined : resolve(String(reports)))
  if (serve === true) {
    const { servePage } = await import('./serve.ts')
    return servePage(page, String(host), Number(port))
  }
  await page.ask()
  const { html, broken } = page.make()
  if (broken !== '') process.stderr.write(`${broken}\n`)
  const file = output === undefined ? join(root, FOLDER, 'dashboard.html') : resolve(String(output))
  write(root, file, html)
  process.stdout.write(`${file}\n`)
  return 0
}

const isSource = (word: unknown): word is StatesFrom => word === 'status' || word === 'records'

/** For its owner alone, as it holds ends of logs, and whole or not at all. */
function write(root: string, file: string, html: string): void {
  const beside = `${file}.${process.pid}.new`
  try {
    if (dirname(file) === join(root, FOLDER)) makePrivateFolder(dirname(file))
    writeFileSync(beside, html, { mode: 0o600, flag: 'wx' })
    renameSync(beside, file)
  } catch (error) {
    if (existsSync(beside)) rmSync(beside)
    throw new ConfigError(`dashboard: ${file} cannot be written (${(error as NodeJS.ErrnoException).code})`, 3)
  }
}
