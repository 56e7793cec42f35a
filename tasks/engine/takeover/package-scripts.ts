import { isMap, type Pair, parseDocument, type YAMLMap } from 'yaml'

/** A package.json with more scripts, and the names of those that it has already, as they are. */
export interface WithScripts {
  readonly text: string
  readonly added: readonly string[]
  readonly kept: readonly string[]
}

/**
 * Adds scripts to the text of a package.json: only lines of their own, as the others are indented, and none that is there. JSON is
 * YAML, which says where in the text things stand.
 *
 * @throws Error where it is no package.json.
 */
export function addScripts(text: string, scripts: Readonly<Record<string, string>>): WithScripts {
  const former = JSON.parse(text) as { scripts?: Record<string, string> } | null
  const { contents, errors } = parseDocument(text)
  if (errors.length > 0 || !isMap(contents) || typeof (former?.scripts ?? {}) !== 'object' || Array.isArray(former?.scripts))
    throw new Error('it is not a mapping with a mapping of scripts')
  const present = former?.scripts ?? {}
  const added = Object.keys(scripts).filter((name) => !Object.hasOwn(present, name))
  const kept = Object.keys(scripts).filter((name) => Object.hasOwn(present, name))
  const whole = added.reduce((so, name) => addTo(so, name, scripts[name] ?? ''), text)
  const expected = { ...former, scripts: { ...present, ...Object.fromEntries(added.map((name) => [name, scripts[name]])) } }
  if (added.length > 0 && JSON.stringify(JSON.parse(whole)) !== JSON.stringify(expected)) throw new Error('it is written in an odd way')
  return { text: whole, added, kept }
}

type Entries = YAMLMap & { readonly items: readonly Pair[] }

function addTo(text: string, name: string, command: string): string {
  const root = parseDocument(text).contents as Entries
  const scripts = root.items.find(({ key }) => String(key) === 'scripts')?.value
  const entry = `${JSON.stringify(name)}: ${JSON.stringify(command)}`
  const [, unit = '  '] = /\n([ \t]+)"/.exec(text) ?? []
  if (!isMap(scripts)) {
    const eol = text.includes('\r\n') ? '\r\n' : '\n'
    const inner = text.includes('\n') ? `{${eol}${unit}${unit}${entry}${eol}${unit}}` : `{ ${entry} }`
    return insert(text, root, `"scripts": ${inner}`, unit, '')
  }
  return insert(text, scripts as Entries, entry, `${unit}${unit}`, unit)
}

/** Puts an entry at the end of a mapping, on a line of its own if the others stand on theirs, or if there is none. */
function insert(text: string, { items, range }: Entries, entry: string, indent: string, outer: string): string {
  const [start = 0, end = 0] = range ?? []
  const last = items.at(-1)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  if (last === undefined) {
    const inner = text.includes('\n') ? `${eol}${indent}${entry}${eol}${outer}` : ` ${entry} `
    return `${text.slice(0, start)}{${inner}}${text.slice(end)}`
  }
  const at = endOf(last.value)
  const before = /(\r?\n[ \t]*)$/.exec(text.slice(start, startOf(last.key)))?.[1] ?? ' '
  return `${text.slice(0, at)},${before}${entry}${text.slice(at)}`
}

const startOf = (node: unknown): number => (node as { range: [number, number, number] }).range[0]
const endOf = (node: unknown): number => (node as { range: [number, number, number] }).range[1]
