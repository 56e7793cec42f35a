import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Sources } from '../render/program.ts'

const home = fileURLToPath(new URL('../../../', import.meta.url))

/** Reads the bash library and the templates of this checkout. */
export function readSources(): Sources {
  const read = (path: string): string => readFileSync(`${home}${path}`, 'utf8')
  return {
    version: (JSON.parse(read('package.json')) as { version: string }).version,
    library: readdirSync(`${home}scripts/lib`)
      .filter((name) => name.endsWith('.sh'))
      .sort()
      .map((name) => ({ name: name.slice(0, -3), text: read(`scripts/lib/${name}`) })),
    templates: {
      target: read('templates/target.sh.hbs'),
      sync: read('templates/sync.sh.hbs'),
      status: read('templates/status.sh.hbs'),
      store: read('templates/store.sh.hbs'),
      due: read('templates/due.sh.hbs'),
      alias: read('templates/alias.sh.hbs'),
    },
  }
}
