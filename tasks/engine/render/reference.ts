import { stringify } from 'yaml'
import { hasKeys, type KeySchema } from './key-schema.ts'

interface Row {
  readonly path: string
  readonly schema: KeySchema
}

/** The keys of sync.yaml as tables of Markdown: those of the file, those of each target, and those of `config` for each driver. */
export function renderReference(schema: KeySchema): string {
  const { targets, ...top } = schema.properties ?? {}
  const target = targets?.additionalProperties
  const kinds = (typeof target === 'object' ? target.oneOf : undefined) ?? []
  const [first] = kinds
  const { config: _, driver: __, ...common } = first?.properties ?? {}
  return [
    table('Of the file', rowsOf({ properties: top })),
    table('Of a target', rowsOf({ properties: common })),
    ...kinds.map(({ properties = {} }) => {
      const { config, driver, ...others } = properties
      const own = Object.entries(others).filter(([key]) => !(key in common))
      return table(`Of ${String(driver?.const)}`, [
        ...rowsOf({ properties: Object.fromEntries(own) }),
        ...rowsOf({ properties: { config: config ?? {} } }).filter(({ path }) => path !== 'config' || !hasKeys(config ?? {})),
      ])
    }),
  ].join('\n')
}

/** Each key with its path: `[]` is any entry of a list, `NAME` a name of the user's own. */
function rowsOf(schema: KeySchema, path = ''): Row[] {
  const { properties = {}, items, additionalProperties: others, anyOf = [], oneOf = [] } = schema
  const rows = [
    ...Object.entries(properties)
      .filter(([, inner]) => inner.const === undefined)
      .flatMap(([key, inner]): Row[] => {
        const at = path === '' ? key : `${path}.${key}`
        return [{ path: at, schema: inner }, ...rowsOf(inner, at)]
      }),
    ...(items ? rowsOf(items, `${path}[]`) : []),
    ...(typeof others === 'object' ? rowsOf(others, `${path}.NAME`) : []),
    ...[...anyOf, ...oneOf].flatMap((each) => rowsOf(each, path)),
  ]
  return [...new Map(rows.toReversed().map((row) => [row.path, row])).values()].toReversed()
}

function table(title: string, rows: readonly Row[]): string {
  const lines = rows.map(({ path, schema: { description = '', default: value, examples = [] } }) => {
    const cells = [`\`${path}\``, description, inCode(value), inCode(examples[0])]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [`**${title}**`, '', '| key | what it says | default | example |', '|---|---|---|---|', ...lines, ''].join('\n')
}

const inCode = (value: unknown): string => {
  if (value === undefined || value === '') return ''
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim()
  return `\`${text}\``
}

const [BEGIN, END] = ['<!-- keys: made by scripts/reference.ts -->\n', '<!-- end of keys -->\n']

/** A text with the reference between its two marks. @throws Error where it has no marks. */
export function withReference(text: string, reference: string): string {
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`there is no place for the reference between ${BEGIN.trim()} and ${END.trim()}`)
  return `${text.slice(0, start + BEGIN.length)}\n${reference}\n${text.slice(end)}`
}
