import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { CommandOf } from '../render/header.ts'
import type { LibraryPart } from '../render/library.ts'
import type { Sources } from '../render/program.ts'
import { rooms } from '../render/runtime.ts'

const home = fileURLToPath(new URL('../../../', import.meta.url))

/** The rooms of scripts/lib; each calls only those before it. A driver calls all of them, and none calls a driver. */
export const ROOMS = Object.keys(rooms)

/** The bash of the rooms and of the drivers, in the order in which programs carry it. */
function libraryFiles(): string[] {
  const drivers = foldersIn('tasks/drivers').flatMap((driver) => [driver, ...foldersIn(driver)])
  return [...ROOMS.map((room) => `scripts/lib/${room}`), ...drivers].flatMap((folder) =>
    readdirSync(home + folder)
      .filter((name) => name.endsWith('.sh'))
      .sort()
      .map((name) => `${folder}/${name}`),
  )
}

const foldersIn = (folder: string): string[] =>
  readdirSync(home + folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`)
    .sort()

const read = (path: string): string => readFileSync(`${home}${path}`, 'utf8')

let library: readonly LibraryPart[] | undefined

/** The bash of this checkout; read once, as the code is that it goes with. */
export function readLibrary(): readonly LibraryPart[] {
  library ??= libraryFiles().map((path) => ({ name: path.replace(/^scripts\/lib\/|\.sh$/g, ''), text: read(path) }))
  return library
}

/** The version of this checkout or package. */
export const ownVersion = (): string => (JSON.parse(read('package.json')) as { version: string }).version

/** The bash library and the templates of this checkout, and the bash of the drivers of the user's own. */
export function readSources(command: CommandOf, others: readonly LibraryPart[] = []): Sources {
  return {
    command,
    version: ownVersion(),
    library: others.length === 0 ? readLibrary() : [...readLibrary(), ...others],
    templates: {
      target: read('templates/target.sh.hbs'),
      sync: read('templates/sync.sh.hbs'),
      status: read('templates/status.sh.hbs'),
      notify: read('templates/notify.sh.hbs'),
      store: read('templates/store.sh.hbs'),
      due: read('templates/due.sh.hbs'),
      alias: read('templates/alias.sh.hbs'),
      runtime: read('templates/runtime.sh.hbs'),
      shared: read('templates/shared.sh.hbs'),
      lockstep: read('templates/lockstep.sh.hbs'),
    },
  }
}

/** A sync.yaml that uses each key. */
export const readExample = (): unknown => parse(read('templates/example.yaml'))

/** Text of the templates of other schedulers. */
export const readScheduleTemplates = () => ({
  service: read('templates/systemd.service.hbs'),
  timer: read('templates/systemd.timer.hbs'),
  plist: read('templates/launchd.plist.hbs'),
})
