import { describe, expect, it } from 'vitest'
import { drivers } from '../../../tasks/drivers/index.ts'
import { renderPrograms } from '../../../tasks/engine/render/files.ts'
import { definedFunctions } from '../../../tasks/engine/render/library.ts'
import { createRenderer } from '../../../tasks/engine/render/program.ts'
import { readSources } from '../../../tasks/engine/run/sources.ts'
import { verbs } from '../../../tasks/verbs.ts'
import { good, load } from '../example.ts'

const sources = readSources((verb) => `lockstep ${verb}`)

/** What a journal may ask for: the first word after each undo_with of the library. */
const asked = [
  ...new Set(sources.library.flatMap(({ text }) => [...text.matchAll(/^\s+undo_with (\w+)/gm)].map((match) => match[1] ?? ''))),
]

/** Those that open a run of a target, and so recover what is left of another. */
const recovering = [...renderPrograms(load(good), createRenderer(sources), verbs)].filter(([, text]) =>
  definedFunctions(text).includes('recover'),
)

describe('what the journal of a run that was killed may ask for', () => {
  it('is what the drivers name, and what a rollback does', () => {
    expect(asked.sort()).toEqual(['undo_hold', ...drivers.flatMap(({ undos = [] }) => undos)].sort())
  })

  it('is known to the programs of a target, and to backup and rollback', () => {
    expect(recovering.map(([name]) => name)).toEqual(['backup.sh', 'rollback.sh', 'sync-demo.sh', 'patch-demo.sh'])
  })

  it.each(recovering)('can be done by %s, whatever its own driver', (_, text) => {
    const known = /^knows_undo\(\) \{\n {2}case \$1 in\n {4}(.*)\) ;;$/m.exec(text)?.[1]?.split(' | ')
    expect(known?.sort()).toEqual(asked)
    expect(definedFunctions(text)).toEqual(expect.arrayContaining(asked))
  })
})
