import { type Document, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { didYouMean } from '../../../engine/nearest.ts'
import { postgresSql, type RuleSql } from './sanitise-sql.ts'
import { sqliteSql } from './sanitise-sqlite.ts'

/**
 * The rules by which personal data is made harmless: a YAML of parts, their tables (`public.users`) and the columns of each.
 * A column has an action, or an action with what belongs to it; a table may be `empty`, or `{ keep: all }`.
 */
const name = z.string().regex(/^[^\0-\x1f\x7f]+$/, 'must be a name in one line')
// * stands for a table that is kept, or left empty.
const columnName = name.refine((text) => text !== '*')
const word = z.enum(['keep', 'null', 'hash', 'email', 'phone', 'name', 'text'])
const scalar = z.union([z.string().regex(/^[^\0-\x1f\x7f]*$/), z.number(), z.boolean()]).transform(String)
const path = z.string().regex(/^[^.\0-\x1f\x7f]+(\.[^.\0-\x1f\x7f]+)*$/, 'must be the keys of JSON with dots between them')
const column = z.union([
  word,
  z.null().transform(() => 'null' as const),
  z.strictObject({ fixed: scalar }),
  z.strictObject({
    json: z
      .record(path, z.union([z.enum(['keep', 'hash', 'email', 'phone', 'name', 'text']), z.strictObject({ fixed: scalar })]))
      .refine((paths) => Object.keys(paths).every((one) => Object.keys(paths).every((other) => !other.startsWith(`${one}.`)))),
  }),
])
const table = z.union([z.literal('empty'), z.strictObject({ keep: z.literal('all') }), z.record(columnName, column)])
const rules = z.record(name, z.record(z.string().regex(/^[^.\0-\x1f\x7f]+\.[^\0-\x1f\x7f]+$/, 'must be SCHEMA.TABLE'), table))

type Column = z.output<typeof column>

const sqlFor = (kind: string | undefined): RuleSql => (kind === 'sqlite' ? sqliteSql : postgresSql)

/**
 * A rule as a line for bash: part, SCHEMA.TABLE, column or *, action, SQL, SQL where the column has to be unique, and of
 * JSON what is masked; for SQLite also SQL for all values of which the hash is needed.
 */
function lineOf(part: string, tableName: string, columnName: string, rule: Column, sql: RuleSql): string {
  if (typeof rule === 'object' && 'json' in rule) {
    const made = sql.json(rule.json)
    return [part, tableName, columnName, 'json', made, made, sql.masked(rule.json), ...sql.hashed(rule.json)].join('\t')
  }
  const action = typeof rule === 'object' ? 'fixed' : rule
  return [part, tableName, columnName, action, sql.leaf(rule, '{c}', 'plain'), sql.leaf(rule, '{c}', 'unique')].join('\t')
}

/** The text of the rules as lines for bash, for parts of these kinds. Throws an Error that begins with LINE:COLUMN where it is not as it should be. */
export function sanitiseLines(text: string, kinds: Readonly<Record<string, string>> = {}): string {
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
    .flatMap(([part, tables]) =>
      Object.entries(tables).flatMap(([tableName, columns]) => tableLines(part, tableName, columns, sqlFor(kinds[part]))),
    )
    .join('\n')
}

function tableLines(part: string, tableName: string, columns: z.output<typeof table>, sql: RuleSql): string[] {
  if (columns === 'empty') return [[part, tableName, '*', 'empty', '', ''].join('\t')]
  if (isKept(columns)) return [[part, tableName, '*', 'keep', '{c}', '{c}'].join('\t')]
  return Object.entries(columns).map(([columnName, rule]) => lineOf(part, tableName, columnName, rule, sql))
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
  if (keys[2] === '*') return 'each column is named; a whole table is { keep: all } or empty'
  if (keys[3] === 'json')
    return 'in json stand keys with dots between them, each with keep, hash, email, phone, name, text or { fixed: … }, and none below another'
  const given = typeof value === 'string' ? `"${value}" is no rule` : 'this is no rule'
  return `${given}: ${WORDS.join(', ')}, { fixed: … } or { json: { PATH: … } }${typeof value === 'string' ? didYouMean(value, WORDS) : ''}`
}

const isKept = (columns: Exclude<z.output<typeof table>, 'empty'>): columns is { keep: 'all' } =>
  'keep' in columns && columns.keep === 'all'
