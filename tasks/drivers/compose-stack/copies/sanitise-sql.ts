/** What a value becomes: the action of a rule without what belongs to JSON. */
export type Leaf = 'keep' | 'null' | 'hash' | 'email' | 'phone' | 'name' | 'text' | { readonly fixed: string }

/** Keys of JSON with dots between them. */
export type Paths = Readonly<Record<string, Leaf>>

/** SQL of one kind of database. `{c}` stands for the column, `{t}` for its table. */
export interface RuleSql {
  /** What stands for the value `c`. */
  leaf(leaf: Leaf, c: string, kind: 'plain' | 'unique'): string
  /** What stands for the JSON of the column: what is named of it. */
  json(paths: Paths): string
  /** That JSON without the paths that are kept. */
  masked(paths: Paths): string
  /** One text, or none: a query for the values of that JSON of which the hash is needed. */
  hashed(paths: Paths): readonly string[]
}

/** How the databases write the same: `{c}` stands for what is masked, `{h}` for its keyed hash. */
interface Words {
  readonly left: (text: string, length: number) => string
  /** As many x as `{c}` is long, at most 40. */
  readonly blanked: string
}

/** A hash has no digits: what was masked must not stand in it by chance. */
const fakes = ({ left, blanked }: Words): Readonly<Record<Exclude<Leaf, object>, { readonly plain: string; readonly unique: string }>> => ({
  keep: { plain: '{c}', unique: '{c}' },
  null: { plain: 'NULL', unique: 'NULL' },
  hash: { plain: '{h}', unique: '{h}' },
  email: { plain: "'test@example.com'", unique: `'test+' || ${left('{h}', 20)} || '@example.com'` },
  phone: { plain: "'555-0123'", unique: `'555-0123x' || ${left('{h}', 12)}` },
  name: { plain: "'Test User'", unique: `'Test User ' || ${left('{h}', 12)}` },
  text: { plain: blanked, unique: `'xxxxxxxx' || ${left('{h}', 20)}` },
})

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What stands for a value, where `hashOf` gives SQL for the hash of one. */
export function leafSql(words: Words, hashOf: (c: string) => string): RuleSql['leaf'] {
  const all = fakes(words)
  return (leaf, c, kind) =>
    typeof leaf === 'object' ? literal(leaf.fixed) : all[leaf][kind].replaceAll('{c}', c).replaceAll('{h}', hashOf(c))
}

export type Tree = Map<string, Tree | Leaf>

/** JSON as a tree of the keys that are named; what is not named is not in it. */
export function treeOf(paths: Paths): Tree {
  const tree: Tree = new Map()
  for (const [dotted, leaf] of Object.entries(paths)) {
    const keys = dotted.split('.')
    const last = keys.pop() ?? ''
    let at = tree
    for (const key of keys) {
      const below = at.get(key)
      const next: Tree = below instanceof Map ? below : new Map()
      at.set(key, next)
      at = next
    }
    at.set(last, leaf)
  }
  return tree
}

export const keptPaths = (paths: Paths): string[] => Object.keys(paths).filter((dotted) => paths[dotted] === 'keep')

const hashOf = (c: string): string =>
  `translate(encode(sha256(convert_to(current_setting('lockstep.key') || ${c}::text, 'UTF8')), 'hex'), '0123456789abcdef', 'ghjkmnpqrstvwxyz')`

const leafOf = leafSql({ left: (text, length) => `left(${text}, ${length})`, blanked: "repeat('x', least(length({c}::text), 40))" }, hashOf)

function jsonOf(tree: Tree, at: string): string {
  const pairs = [...tree].map(([key, below]) => {
    const here = `${at} -> ${literal(key)}`
    const text = `(${at} ->> ${literal(key)})`
    const value =
      below instanceof Map ? jsonOf(below, `(${here})`) : below === 'keep' ? here : `to_jsonb((${leafOf(below, text, 'plain')})::text)`
    return `CASE WHEN ${here} IS NULL THEN '{}' ELSE jsonb_build_object(${literal(key)}, ${value}) END`
  })
  return pairs.length === 0 ? "'{}'::jsonb" : `(${pairs.map((pair) => `(${pair})`).join(' || ')})`
}

export const postgresSql: RuleSql = {
  leaf: leafOf,
  json: (paths) => jsonOf(treeOf(paths), '{c}::jsonb'),
  masked(paths) {
    const removed = keptPaths(paths)
      .map((dotted) => ` #- ARRAY[${dotted.split('.').map(literal).join(', ')}]`)
      .join('')
    return `CASE WHEN jsonb_typeof({c}::jsonb) = 'object' THEN {c}::jsonb${removed} ELSE {c}::jsonb END`
  },
  hashed: () => [],
}
