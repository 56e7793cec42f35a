import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, Parser } from 'yaml'
import type { Problem } from './problem.ts'

/** Far above what a person writes: what is beyond is a mistake or an attack, and would take minutes. */
const LIMITS = { characters: 1_000_000, depth: 50, aliases: 1000, values: 100_000 }

/** The YAML document of a text, and what makes it unusable. Its keys are text, each once in its mapping, and all aliases end. */
export function parseYaml(text: string): { readonly document: Document | undefined; readonly problems: readonly Problem[] } {
  if (text.length > LIMITS.characters) {
    const message = `the file is larger than ${LIMITS.characters.toLocaleString('en')} characters`
    return { document: undefined, problems: [{ message, start: LIMITS.characters, end: LIMITS.characters + 1 }] }
  }
  const parser = new Parser()
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, merge: true })
  const [document, another] = [...composer.compose(tokensOf(text, parser), true, text.length)] as [Document, Document?]
  if (parser.stack.length > LIMITS.depth) return { document: undefined, problems: [tooDeep([parser.offset - 1, parser.offset])] }
  const problems = document.errors.map(({ code, message, pos }) => ({ message: yamlMessage(code, message), start: pos[0], end: pos[1] }))
  if (another)
    problems.push({
      message: 'a second document starts here; sync.yaml must be one document',
      ...placed(spanOf(another as unknown as Node)),
    })
  return { document, problems: problems.length > 0 ? problems : contentProblems(document.contents) }
}

/** The tokens of a text, to where they are nested too deeply to go on. */
function* tokensOf(text: string, parser: Parser) {
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > LIMITS.depth) return
  }
  yield* parser.end()
}

function yamlMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'indented with a tab; YAML wants spaces'
  return `not YAML: ${message}`
}

const tooDeep = (span: readonly [number, number]): Problem => ({
  message: `nested more than ${LIMITS.depth} levels deep`,
  ...placed(span),
})

const placed = ([start, end]: readonly [number, number]) => ({ start, end })

/** Where a node stands in the text. */
export const spanOf = (node: Node | null | undefined): readonly [number, number] => [node?.range?.[0] ?? 0, node?.range?.[1] ?? 1]

/** How much a node is once each alias stands for what it repeats, and whether `<<` may take it over: a mapping, or a list of some. */
interface Extent {
  readonly values: number
  readonly depth: number
  readonly merges?: 'mapping' | 'list' | undefined
}

/** Is it `<<`, by which a mapping takes over what others hold? */
export const isMerge = (key: unknown): boolean => isScalar(key) && typeof key.value === 'symbol'

/** What the parser takes and we do not, in a document whose nodes are not nested too deeply. */
function contentProblems(contents: unknown): Problem[] {
  const problems: Problem[] = []
  const anchors = new Map<string, Extent | 'open'>()
  let aliases = 0
  const report = (node: unknown, message: string): void => {
    problems.push({ message, ...placed(spanOf(node as Node)) })
  }

  const aliasExtent = (node: Node, name: string): Extent => {
    aliases++
    if (aliases === LIMITS.aliases + 1) report(node, `more than ${LIMITS.aliases.toLocaleString('en')} aliases`)
    const extent = anchors.get(name)
    if (extent === undefined) report(node, `*${name}: there is no &${name} before it`)
    if (extent === 'open') report(node, `*${name} is inside &${name}, so it would never end`)
    return typeof extent === 'object' ? extent : { values: 1, depth: 0 }
  }

  const extentOf = (node: unknown): Extent => {
    if (isAlias(node)) return aliasExtent(node, node.source)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) anchors.set(anchor, 'open')
    const inner = isMap(node) ? entriesOf(node.items) : isSeq(node) ? node.items : []
    const extents = inner.map(extentOf)
    const values = extents.reduce((sum, each) => sum + each.values, 1)
    const depth = extents.reduce((most, each) => Math.max(most, each.depth + 1), 0)
    if (values > LIMITS.values && extents.every((each) => each.values <= LIMITS.values)) {
      report(node, `more than ${LIMITS.values.toLocaleString('en')} values, counting what aliases repeat`)
    }
    if (depth === LIMITS.depth + 1) problems.push(tooDeep(spanOf(node as Node)))
    const merges = isMap(node) ? 'mapping' : extents.every((each) => each.merges === 'mapping') && isSeq(node) ? 'list' : undefined
    if (isMap(node)) reportMerges(node.items, extents)
    if (anchor !== undefined) anchors.set(anchor, { values, depth, merges })
    return { values, depth, merges }
  }

  const reportMerges = (pairs: readonly Pair[], extents: readonly Extent[]): void => {
    for (const [index, { key, value }] of pairs.entries()) {
      if (!isMerge(key) || extents[2 * index + 1]?.merges !== undefined) continue
      report(value, '<<: must be an alias of a mapping, or a list of some')
    }
  }

  /** The keys and values of a mapping, in the order of the text. */
  const entriesOf = (pairs: readonly Pair[]): unknown[] => {
    const seen = new Set<string>()
    return pairs.flatMap(({ key, value }) => {
      const name = isMerge(key) ? '<<' : isScalar(key) ? String(key.value) : undefined
      if (name === undefined) report(key ?? value, 'a key must be text')
      else if (name === '__proto__') report(key, '"__proto__" cannot be a name')
      else if (seen.has(name)) report(key, `duplicate key "${name}"`)
      if (name !== undefined) seen.add(name)
      return [key, value]
    })
  }

  extentOf(contents)
  return problems
}
