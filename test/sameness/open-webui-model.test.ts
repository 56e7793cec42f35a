import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { threeWay } from '../fixtures/three-way.ts'
import { makeDatabase, params } from '../fixtures/webui.ts'
import { hostile } from '../unit/hostile.ts'
import { home, join, mkdirSync, readFileSync, rmSync, scratch, writeFileSync } from './forms.ts'

const folder = scratch()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs bash with the steps at hand, in one process. */
const steps = (root: string, database: string, text: string): string =>
  execFileSync('bash', ['-c', `. ${home}test/fixtures/webui-steps.sh; begin_steps "$1" "$2"; ${text}`, 'bash', root, database], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })

const newRoot = (name: string) => {
  const root = join(folder, name)
  mkdirSync(root)
  return { root, database: makeDatabase('sqlite', root) }
}

const FIELDS = {
  'params.system': '$.params.system',
  name: '$.name',
  'meta.a': '$.meta.a',
  'meta.b': '$.meta.b',
  'params.t': '$.params.t',
} as const
type Field = keyof typeof FIELDS
type Side = 'files' | 'database'
type Values = Partial<Record<Field, string>>
type Rule = 'stop' | 'files' | 'database'
type Action =
  | { readonly edit: Side; readonly field: Field; readonly value: string }
  | { readonly sync: 'bidirectional' | 'push' | 'pull'; readonly rule: Rule }

/** What the two sides and the memory must be, in words so plain that they can be trusted. */
class Model {
  files: Values = {}
  database: Values = {}
  base: Values = {}

  edit(side: Side, field: Field, value: string): void {
    if (value === '') delete this[side][field]
    else this[side][field] = value
  }

  /** The fields that both sides changed, if they stop the run. */
  sync(direction: 'bidirectional' | 'push' | 'pull', rule: Rule): Field[] {
    const winners = new Map<Field, Side>()
    const conflicts: Field[] = []
    for (const field of Object.keys(FIELDS) as Field[]) {
      const states = { one: this.files[field], other: this.database[field], base: this.base[field] }
      const winner = threeWay(states, direction)
      if (winner === 'one') winners.set(field, 'files')
      else if (winner === 'other') winners.set(field, 'database')
      else if (winner === 'same') continue
      else if (rule === 'stop') conflicts.push(field)
      else winners.set(field, rule)
    }
    if (conflicts.length > 0) return conflicts
    for (const [field, winner] of winners) {
      const value = this[winner][field] as string
      if (winner === 'files' && direction !== 'pull') this.database[field] = value
      if (winner === 'database' && direction !== 'push') this.files[field] = value
    }
    for (const field of Object.keys(FIELDS) as Field[]) {
      const value = this.files[field]
      if (value !== undefined && value === this.database[field]) this.base[field] = value
    }
    return []
  }
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** SQL that makes the edit: the files too, which sqlite3 reads and writes. */
function editSql({ edit, field, value }: Extract<Action, { edit: Side }>): string {
  const path = text(FIELDS[field])
  if (edit === 'files' && field === 'params.system') return `SELECT writefile('prompt.md', ${text(value)});`
  if (edit === 'files') return `SELECT writefile('metadata.json', json_set(readfile('metadata.json'), ${path}, ${text(value)}));`
  if (field === 'name') return `UPDATE model SET name = ${text(value)} WHERE id = 'inna';`
  const [column, key] = field.split('.') as [string, string]
  return `UPDATE model SET ${column} = json_set(${column}, '$.${key}', ${text(value)}) WHERE id = 'inna';`
}

const SHOW = `SELECT json_object('files', json_object('params.system', CAST(readfile('prompt.md') AS TEXT),
    'name', json_extract(file, '$.name'), 'meta.a', json_extract(file, '$.meta.a'), 'meta.b', json_extract(file, '$.meta.b'), 'params.t', json_extract(file, '$.params.t')),
  'database', json_object('params.system', json_extract(params, '$.system'), 'name', name,
    'meta.a', json_extract(meta, '$.a'), 'meta.b', json_extract(meta, '$.b'), 'params.t', json_extract(params, '$.t')))
FROM model, (SELECT readfile('metadata.json') AS file) WHERE id = 'inna';`

const nonEmpty = (values: Record<string, string | null>): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value)) as Values

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      edit: fc.constantFrom<Side>('files', 'database'),
      field: fc.constantFrom(...(Object.keys(FIELDS) as Field[])),
      value: fc.constantFrom('', 'x', 'y', 'z', "é'\\\n"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      sync: fc.constantFrom('bidirectional', 'bidirectional', 'push', 'pull'),
      rule: fc.constantFrom<Rule>('stop', 'stop', 'files', 'database'),
    }),
  },
)

describe('the three-way logic', () => {
  it('does what a simple model does, whatever is edited where: no edit is lost silently', { timeout: 300_000 }, () => {
    const sequences = fc.sample(fc.array(action, { minLength: 10, maxLength: 16 }), { numRuns: 40, seed: 20261121 })
    const { root, database } = newRoot('model')
    const script = ['edit() { sqlite3 -batch "$database" >/dev/null; }']
    for (const actions of sequences) {
      script.push(
        `rm -rf state; printf '' >prompt.md; printf '{"name": "", "meta": {}, "params": {}}' >metadata.json`,
        `edit <<'SQL'\nUPDATE model SET name = '', params = '{}', meta = '{}' WHERE id = 'inna';\nSQL`,
      )
      for (const each of actions) {
        if ('edit' in each) script.push(`edit <<'SQL'\n${editSql(each)}\nSQL`)
        else script.push(`sync_once ${each.sync} ${each.rule}`, `sqlite3 -batch "$database" <<'SQL'\n${SHOW}\nSQL`)
      }
    }
    writeFileSync(join(root, 'script.sh'), script.join('\n'))
    const printed = steps(root, database.address, '. ./script.sh').trim().split('\n')
    let stops = 0
    for (const actions of sequences) {
      const model = new Model()
      for (const [index, each] of actions.entries()) {
        if ('edit' in each) {
          model.edit(each.edit, each.field, each.value)
          continue
        }
        const conflicts = model.sync(each.sync, each.rule)
        const context = JSON.stringify(actions.slice(0, index + 1))
        const said = printed.shift() ?? ''
        if (conflicts.length === 0) expect(said, context).toBe('ok')
        else {
          stops++
          expect(said, context).toContain('both changed')
          for (const field of conflicts) expect(said, context).toContain(field)
        }
        const { files, database } = JSON.parse(printed.shift() ?? '{}') as Record<Side, Record<string, string | null>>
        expect({ files: nonEmpty(files), database: nonEmpty(database) }, context).toEqual({ files: model.files, database: model.database })
      }
    }
    expect(printed).toEqual([])
    expect(stops).toBeGreaterThan(5)
  })
})

const prompts: readonly (readonly [string, string])[] = [
  ['of 1 MB', 'Line of a long prompt, è 😀.\n'.repeat(32_000)],
  ['with newlines at its end', 'a\n\n\n'],
  ['with CR LF', 'a\r\nb\r\n'],
  ['with a byte order mark', '\ufeffa'],
  ['with characters of every length', 'aé‰😀\u2028\u2029\ud7ff\ue000\uffff\u{10ffff}'],
  ...hostile.map((each, index): readonly [string, string] => [`of hostile text ${index}`, each]),
]

describe('a prompt comes back from the database byte for byte', () => {
  const { root, database } = newRoot('prompts')
  it('each of them', { timeout: 300_000 }, () => {
    mkdirSync(join(root, 'in'))
    mkdirSync(join(root, 'out'))
    for (const [index, [, prompt]] of prompts.entries()) writeFileSync(join(root, 'in', String(index)), prompt)
    writeFileSync(join(root, 'metadata.json'), '{}')
    const printed = steps(
      root,
      database.address,
      `for ((i = 0; i < ${prompts.length}; i++)); do
         cp "in/$i" prompt.md; sync_once push stop
         sqlite3 "$database" "SELECT writefile('out/$i.row', CAST(json_extract(params, '\\$.system') AS BLOB)) FROM model WHERE id = 'inna'" >/dev/null
         rm prompt.md; sync_once pull stop; cp prompt.md "out/$i"
       done`,
    )
    expect(printed).toBe('ok\n'.repeat(prompts.length * 2))
    for (const [index, [title, prompt]] of prompts.entries()) {
      expect(readFileSync(join(root, 'out', String(index)), 'utf8') === prompt, title).toBe(true)
      expect(readFileSync(join(root, 'out', `${index}.row`), 'utf8') === prompt, title).toBe(true)
    }
  })

  it('and an empty one leaves both as they are', () => {
    writeFileSync(join(root, 'prompt.md'), '')
    database.set({ params: { ...params, system: '' } })
    const before = database.row()
    expect(steps(root, database.address, 'sync_once push stop; sync_once pull stop')).toBe('ok\nok\n')
    expect(database.row()).toEqual(before)
    expect(readFileSync(join(root, 'prompt.md'), 'utf8')).toBe('')
  })
})
