import { type Document, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { didYouMean } from '../../engine/nearest.ts'

/**
 * The rules by which personal data is made harmless: a YAML of parts, their tables (`public.users`) and the columns of each.
 * A column has an action, or an action with what belongs to it; a table may be `empty`, or `{ keep: all }`.
 */
const name = z.string().regex(/^[^\0-\x1f\x7f]+$/, 'must be a name in one line')
const word = z.enum(['keep', 'null', 'hash', 'email', 'phone', 'name', 'text'])
const scalar = z.union([z.string().regex(/^[^\0-\x1f\x7f]*$/), z.number(), z.boolean()]).transform(String)
const path = z.string().regex(/^[^.\0-\x1f\x7f]+(\.[^.\0-\x1f\x7f]+)*$/, 'must be the keys of JSON with dots between them')
const column = z.union([
  word,
  z.null().transform(() => 'null' as const),
  z.strictObject({ fixed: scalar }),
  z.strictObject({
    json: z.record(path, z.union([z.enum(['keep', 'hash', 'email', 'phone', 'name', 'text']), z.strictObject({ fixed: scalar })])),
  }),
])
const table = z.union([z.literal('empty'), z.strictObject({ keep: z.literal('all') }), z.record(name, column)])
const rules = z.record(name, z.record(z.string().regex(/^[^.\0-\x1f\x7f]+\.[^\0-\x1f\x7f]+$/, 'must be SCHEMA.TABLE'), table))

type Column = z.output<typeof column>
type Leaf = Exclude<Column, { json: unknown }>

/** SQL for one value. `{c}` stands for what is masked, `{h}` for its keyed hash, in hex; `{u}` says that it has to be unique. */
const FAKES: Readonly<Record<'hash' | 'email' | 'phone' | 'name' | 'text', { readonly plain: string; readonly unique: string }>> = {
  hash: { plain: '{h}', unique: '{h}' },
  email: { plain: "'test@example.com'", unique: "'test+' || left({h}, 20) || '@example.com'" },
  phone: { plain: "'555-0123'", unique: "'555-' || translate(left({h}, 12), 'abcdef', '012345')" },
  name: { plain: "'Test User'", unique: "'Test User ' || left({h}, 12)" },
  text: { plain: "repeat('x', least(length({c}::text), 40))", unique: "repeat('x', 8) || left({h}, 20)" },
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

function sqlOf(leaf: Leaf, c: string, kind: 'plain' | 'unique'): string {
  if (leaf === 'keep') return c
  if (leaf === 'null') return 'NULL'
  if (typeof leaf === 'object') return literal(leaf.fixed)
  return FAKES[leaf][kind].replaceAll('{c}', c).replaceAll('{h}', hashOf(c))
}

const hashOf = (c: string): string => `encode(sha256(convert_to(current_setting('lockstep.key') || ${c}::text, 'UTF8')), 'hex')`

type Tree = { [key: string]: Tree | Leaf }

/** JSON as a tree of the keys that are named; what is not named is not in it. */
function treeOf(paths: Readonly<Record<string, Leaf>>): Tree {
  const tree: Tree = {}
  for (const [dotted, leaf] of Object.entries(paths)) {
    const keys = dotted.split('.')
    const last = keys.pop() ?? ''
    let at = tree
    for (const key of keys) {
      const below = at[key]
      const next = typeof below === 'object' && typeof below['fixed'] !== 'string' ? (below as Tree) : {}
      at[key] = next
      at = next
    }
    at[last] = leaf
  }
  return tree
}

function jsonOf(tree: Tree, at: string): string {
  const pairs = Object.entries(tree).map(([key, below]) => {
    const here = `${at} -> ${literal(key)}`
    const isLeaf = typeof below === 'string' || (typeof below === 'object' && typeof below['fixed'] === 'string')
    if (!isLeaf)
      return `CASE WHEN ${here} IS NULL THEN '{}' ELSE jsonb_build_object(${literal(key)}, ${jsonOf(below as Tree, `(${here})`)}) END`
    const text = `(${at} ->> ${literal(key)})`
    const value = below === 'keep' ? here : `to_jsonb((${sqlOf(below as Leaf, text, 'plain')})::text)`
    return `CASE WHEN ${here} IS NULL THEN '{}' ELSE jsonb_build_object(${literal(key)}, ${value}) END`
  })
  return pairs.length === 0 ? "'{}'::jsonb" : `(${pairs.map((pair) => `(${pair})`).join(' || ')})`
}

/** The texts that stand in JSON and that `paths` do not keep, of the column {c} of {t}. */
const originalsOf = (paths: Readonly<Record<string, Leaf>>): string =>
  [
    "SELECT leaf #>> '{}' FROM ONLY {t}, jsonb_path_query({c}::jsonb, 'strict $.**') AS leaf WHERE jsonb_typeof(leaf) = 'string'",
    ...Object.entries(paths)
      .filter(([, leaf]) => leaf === 'keep')
      .map(([dotted]) => `SELECT {c}::jsonb #>> ARRAY[${dotted.split('.').map(literal).join(', ')}] FROM ONLY {t}`),
  ].join(' EXCEPT ')

/**
 * A rule as a line for bash: part, SCHEMA.TABLE, column or *, action, SQL, SQL where the column has to be unique, and what
 * selects the originals of JSON.
 */
function lineOf(part: string, tableName: string, columnName: string, rule: Column): string {
  if (typeof rule === 'object' && 'json' in rule) {
    const sql = jsonOf(treeOf(rule.json), '{c}::jsonb')
    return [part, tableName, columnName, 'json', sql, sql, originalsOf(rule.json)].join('\t')
  }
  const action = typeof rule === 'object' ? 'fixed' : rule
  return [part, tableName, columnName, action, sqlOf(rule, '{c}', 'plain'), sqlOf(rule, '{c}', 'unique')].join('\t')
}

/** The text of the rules as lines for bash. Throws an Error that begins with LINE:COLUMN where it is not as it should be. */
export function sanitiseLines(text: string): string {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const refuse = (at: number, message: string): never => {
    const { line, col } = counter.linePos(at)
    throw new Error(`${line}:${col}: ${message}`)
  }
  const [problem] = document.errors
  if (problem) refuse(problem.pos[0], problem.message.split('\n')[0] ?? '')
  const parsed = rules.safeParse(document.toJS() ?? {})
  if (!parsed.success) {
    const keys = deepestPath(parsed.error.issues)
    const at = pairAt(document, keys)
    refuse(at?.start ?? 0, `${keys.join(': ')}: ${complaintOf(keys, at?.value)}`)
    return ''
  }
  return Object.entries(parsed.data)
    .flatMap(([part, tables]) => Object.entries(tables).flatMap(([tableName, columns]) => tableLines(part, tableName, columns)))
    .join('\n')
}

function tableLines(part: string, tableName: string, columns: z.output<typeof table>): string[] {
  if (columns === 'empty') return [[part, tableName, '*', 'empty', '', ''].join('\t')]
  if (isKept(columns)) return [[part, tableName, '*', 'keep', '{c}', '{c}'].join('\t')]
  return Object.entries(columns).map(([columnName, rule]) => lineOf(part, tableName, columnName, rule))
}

/** The keys that lead to what fits none of the forms that it could have: those of the form that fits furthest. */
function deepestPath(issues: readonly z.core.$ZodIssue[]): string[] {
  const paths = issues.map((issue) => {
    const below = issue.code === 'invalid_union' ? issue.errors.map((each) => deepestPath(each)) : []
    const furthest = below.reduce((best, each) => (each.length >= best.length ? each : best), [])
    return [...issue.path.map(String), ...furthest]
  })
  return paths.reduce((best, each) => (each.length > best.length ? each : best), [])
}

/** Where the deepest of these keys stands, and what its value is. */
function pairAt(document: Document, keys: readonly string[]): { readonly start: number; readonly value: unknown } | undefined {
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const node = document.getIn(keys.slice(0, depth), true)
    if (isNode(node) && node.range) return { start: node.range[0], value: isScalar(node) ? node.value : undefined }
  }
  return undefined
}

const WORDS = word.options

function complaintOf(keys: readonly string[], value: unknown): string {
  if (keys.length < 2) return 'must be tables, SCHEMA.TABLE, with a rule for each column'
  if (keys.length === 2 && typeof value === 'string') return `"${value}" is no rule for a table: empty, { keep: all }, or its columns`
  if (keys[3] === 'json') return 'in json stand keys with dots between them, each with keep, hash, email, phone, name, text or { fixed: … }'
  const given = typeof value === 'string' ? `"${value}" is no rule` : 'this is no rule'
  return `${given}: ${WORDS.join(', ')}, { fixed: … } or { json: { PATH: … } }${typeof value === 'string' ? didYouMean(value, WORDS) : ''}`
}

const isKept = (columns: Exclude<z.output<typeof table>, 'empty'>): columns is { keep: 'all' } =>
  'keep' in columns && columns.keep === 'all'
