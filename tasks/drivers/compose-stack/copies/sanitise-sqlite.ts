import { keptPaths, type Leaf, leafSql, literal, type Paths, type RuleSql, type Tree, treeOf } from './sanitise-sql.ts'

/** SQLite cannot make the hash that PostgreSQL makes: it looks it up in a table that was made for the copy. */
const hashOf = (c: string): string => `(SELECT h FROM lockstep.hashes WHERE v = CAST(${c} AS TEXT))`

const leafOf = leafSql(
  { left: (text, length) => `substr(${text}, 1, ${length})`, blanked: `substr('${'x'.repeat(40)}', 1, length(CAST({c} AS TEXT)))` },
  hashOf,
)

/** A column may hold anything, whatever its type says. */
const ifObject = (json: string, then: string, otherwise: string): string =>
  `CASE CASE WHEN json_valid(${json}) THEN json_type(${json}) END WHEN 'object' THEN ${then} ELSE ${otherwise} END`

const objectIn = (json: string): string => ifObject(json, json, "'{}'")

/** A path has no way to write a key with one of these. */
const isPlain = (key: string): boolean => !/["\\]/.test(key)

/** JSON as it is written there. SQL would round a number, but not where two of them are taken at once: [1.10,1.10]. */
function keptOf(key: string, row: string): string {
  const path = literal(`$."${key}"`)
  const pair = `json_extract(${row}.json, ${path}, ${path})`
  const number = isPlain(key) ? `substr(${pair}, 2, (length(${pair}) - 3) / 2)` : `json_quote(${row}.value)`
  return `CASE ${row}.type WHEN 'object' THEN ${row}.value WHEN 'array' THEN ${row}.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'text' THEN json_quote(${row}.value) WHEN 'null' THEN 'null' ELSE ${number} END`
}

const keysOf = (tree: Tree): string => [...tree.keys()].map(literal).join(', ')

function jsonOf(tree: Tree, json: string, depth = 1): string {
  if (tree.size === 0) return "'{}'"
  const row = `lockstep_${depth}`
  const values = [...tree].map(([key, below]) => `WHEN ${literal(key)} THEN ${memberOf(below, key, row, depth)}`)
  return `(SELECT json_group_object(${row}.key, json(CASE ${row}.key ${values.join(' ')} END)) FROM json_each(${objectIn(json)}) AS ${row} WHERE ${row}.key IN (${keysOf(tree)}))`
}

function memberOf(below: Tree | Leaf, key: string, row: string, depth: number): string {
  if (below instanceof Map) return `CASE ${row}.type WHEN 'object' THEN ${jsonOf(below, `${row}.value`, depth + 1)} ELSE '{}' END`
  return below === 'keep' ? keptOf(key, row) : `json_quote(${leafOf(below, `${row}.value`, 'plain')})`
}

/** Of an object in JSON the value at these keys, as a query for one column. */
function valueAt(keys: readonly string[], json: string): string {
  const rows = keys.map((key, index) => ({ key, row: `lockstep_${index + 1}`, former: `lockstep_${index}` }))
  const from = rows.map(({ row, former }, index) => {
    const inner = index === 0 ? objectIn(json) : `CASE ${former}.type WHEN 'object' THEN ${former}.value ELSE '{}' END`
    return `json_each(${inner}) AS ${row}`
  })
  const where = rows.map(({ key, row }) => `${row}.key = ${literal(key)}`)
  return `SELECT lockstep_${keys.length}.value FROM (SELECT {c} AS x FROM {t}) AS lockstep_0, ${from.join(', ')} WHERE ${where.join(' AND ')}`
}

const pathOf = (dotted: string): string =>
  literal(
    `$${dotted
      .split('.')
      .map((key) => `."${key}"`)
      .join('')}`,
  )

export const sqliteSql: RuleSql = {
  leaf: leafOf,
  json: (paths) => jsonOf(treeOf(paths), '{c}'),
  masked(paths: Paths) {
    // What cannot be taken out counts as masked, and is then found where it was kept.
    const kept = keptPaths(paths).filter(isPlain)
    return kept.length === 0 ? '{c}' : ifObject('{c}', `json_remove({c}, ${kept.map(pathOf).join(', ')})`, '{c}')
  },
  hashed(paths: Paths) {
    const queries = Object.keys(paths)
      .filter((dotted) => paths[dotted] === 'hash')
      .map((dotted) => valueAt(dotted.split('.'), 'lockstep_0.x'))
    return queries.length === 0 ? [] : [queries.join(' UNION ALL ')]
  },
}
