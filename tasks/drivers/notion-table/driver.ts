import { z } from 'zod'
import { httpAddress, lateText, relativePath, secretText } from '../../engine/config/fields.ts'
import { variablesIn } from '../../engine/config/late.ts'
import { type DriverInput, type DriverPlan, defineDriver } from '../../engine/plan/driver.ts'
import { type Shell, sh } from '../../engine/plan/shell.ts'
import { changes, reads } from '../../engine/plan/step.ts'

const WAY = 'copy the secret of an integration from Notion: Settings, Connections, Develop or manage integrations'

const property = z.string().min(1, 'must not be empty')

/** What each source calls what it knows of a row, and the property that gets it; null leaves it out. */
const PROPERTIES = {
  fields: {},
  closing: { task: 'Task', owner: 'Owner', period: 'Period', due: 'Due', after: 'Depends on' },
  filings: { form: 'Form', period: 'Period', due: 'Due', source: 'Source', period_end: null, due_by_rule: null },
} as const

/** One step of each source reads its files; see the README for their form. */
const READ: { readonly [Source in keyof typeof PROPERTIES]: Shell } = {
  fields: sh`notion_read_fields`,
  closing: sh`notion_read_closing`,
  filings: sh`notion_read_filings`,
}

const config = z
  .strictObject({
    database: lateText(
      /[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/,
      'the id or the address of a Notion database',
    ).describe('The id of a database, or its address.'),
    data_source: z.string().default('').describe('Of a database that has several: the name or the id of one.'),
    rows: z.enum(['fields', 'closing', 'filings']).describe('Where the rows come from.'),
    files: z.array(relativePath).min(1, 'must name at least one file').describe('Markdown and YAML with the entries.'),
    key: property.default('Name').describe('The property by which a row is found again.'),
    text: z.string().default('Description').describe('The property that gets the text below a heading of Markdown.'),
    properties: z
      .record(property, property.nullable())
      .default({})
      .describe('The property for a member of the entries, where it has another name; null leaves the member out.'),
    once: z.array(property).default([]).describe('Properties that are only written into a new row.'),
    prune: z.boolean().default(false).describe('Archive rows whose key is in no file any more.'),
    period: lateText(/^(\d{4}-(0[1-9]|1[0-2]))$/, 'a month such as 2026-11')
      .default('')
      .describe('The month that is closed, or from which on returns are listed: YYYY-MM; this month where it is empty.'),
    months: z.int().min(1).max(24).default(3).describe('Months of returns.'),
    token: secretText.prefault('${NOTION_API_TOKEN}').describe('A variable with the secret of an integration.'),
    api: httpAddress.prefault('https://api.notion.com').describe('The server that is asked.'),
    version: z.enum(['2022-06-28', '2025-09-03']).default('2025-09-03').describe('The version of its API.'),
    requests_per_second: z.number().min(0.1).max(1000).default(3).describe('At most so many requests a second.'),
    timeout: z.int().min(1).max(600).default(60).describe('Seconds for one request.'),
    tries: z.int().min(1).max(10).default(5).describe('Attempts for one request.'),
  })
  .refine(({ prune, rows }) => !prune || rows === 'fields', {
    path: ['prune'],
    error: 'is for "rows: fields": the rows of other months are in no file any more, and are to stay',
  })

type Input = DriverInput<z.output<typeof config>>

function push({ config }: Input): DriverPlan {
  const changed = { condition: sh`[[ -e $run_dir/work/changes ]]`, otherwise: 'nothing to change' }
  return {
    settings: {
      notion_api: config.api,
      notion_login: config.token,
      notion_login_names: variablesIn(config.token).map(({ name }) => name),
      notion_version: config.version,
      notion_database: config.database,
      notion_source: config.data_source,
      notion_kind: config.rows,
      notion_files: config.files,
      notion_key: config.key,
      notion_text: config.text,
      notion_properties: JSON.stringify({ ...PROPERTIES[config.rows], ...config.properties }),
      notion_once: JSON.stringify(config.once),
      notion_prune: config.prune,
      notion_month: config.period,
      notion_months: config.months,
      http_pace: Math.ceil(1000 / config.requests_per_second),
      http_timeout: config.timeout,
      http_tries: config.tries,
    },
    prepare: [sh`notion_settings ${WAY}`],
    outputs: [],
    steps: [
      reads('read_rows', 'Read the rows from the files', READ[config.rows]),
      reads('ask_notion', 'Ask Notion for its rows', sh`notion_ask`),
      reads('compare_rows', 'Compare them', sh`notion_compare`),
      changes('back_up', 'Save the rows as they are', sh`notion_back_up`, { when: changed, saves: undefined }),
      changes('write_rows', 'Write the rows', sh`notion_write`, { when: changed, saves: undefined }),
    ],
  }
}

export default defineDriver({
  name: 'notion_table',
  summary: () => 'Keep the rows of a Notion database as files say',
  config,
  programs: [
    { name: 'curl', package: 'curl' },
    { name: 'jq', package: 'jq' },
  ],
  tokens: { token: WAY },
  parameters: [],
  answer: sh`notion_answer "$1"`,
  undos: ['notion_undo'],
  conflicts: ['stop'],
  verbs: { push },
})
