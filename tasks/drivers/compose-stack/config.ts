import { z } from 'zod'
import { lateText, plainName, relativePath } from '../../engine/config/fields.ts'

const text = (expected: string) => lateText(/^[^\0-\x1f\x7f]+$/, expected)
const service = plainName
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')
const projectName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be a project name of compose: lower-case letters, digits, "_" and "-"')

const PASSWORD = /:\/\/[^/@:\s]*:[^/@\s]+@/
const address = text('the address of a database, postgresql://USER@HOST/NAME').refine(
  (value) => typeof value !== 'string' || !PASSWORD.test(value),
  'must be an address without the password: put all of it into a variable, such as ${DATABASE_URL}',
)

/** A part, by its kind. Each has a file of bash of that name, whose functions begin with `stack_KIND_`. */
const part = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('postgres'),
      service: service.optional().describe('The service that it runs in.'),
      url: address.optional().describe('Its address, where it runs in no service.'),
      database: text('the name of a database').describe('The name of the database.'),
      user: text('the name of a role').optional().describe('Who owns it.'),
      schemas: z
        .array(z.string().regex(/^[^\0-\x1f\x7f]+$/))
        .default([])
        .describe('Those that must be in it; all of it is exported.'),
    })
    .refine(({ service, url }) => (service === undefined) !== (url === undefined), 'needs either a service or a url')
    .refine(({ service, user }) => service === undefined || user !== undefined, 'needs the user of the service'),
  z.strictObject({
    kind: z.literal('n8n'),
    service: service.describe('The service that it runs in.'),
    webhook: text('the address of a webhook')
      .optional()
      .describe('Called after an import until it answers: n8n says that it is ready long before.'),
  }),
  z.strictObject({
    kind: z.literal('sqlite'),
    service: service.optional().describe('The service that it is in; here if it is left out.'),
    path: text('the path of a file').describe('Where it stands, in the container or here.'),
  }),
  z.strictObject({
    kind: z.literal('volume'),
    volume: plainName.describe('As the compose file calls it.'),
    stop: z.boolean().default(false).describe('Stop who has it while it is read.'),
    image: text('an image').optional().describe('With sh and tar, where no image of the project has them.'),
  }),
  z.strictObject({ kind: z.literal('files'), paths: z.array(relativePath).min(1).describe('Files and folders here.') }),
])

/** As YAML has it: a text, a number, true or false. */
const value = z.union([z.string().regex(/^[^\0-\x1f\x7f]*$/), z.number(), z.boolean()]).transform(String)
const pattern = z.string().regex(/^[A-Za-z0-9.*?_-]+$/, 'must be the name of a machine, or a pattern such as laptop-*')

const environment = z.strictObject({
  host: lateText(/^ssh:\/\/[^\s/'"-][^\s/'"]*\/[^\0-\x1f\x7f]*$/, 'ssh://USER@HOST/FOLDER')
    .optional()
    .describe('Where it is, ssh://USER@HOST/FOLDER; here if it is left out.'),
  files: z.array(relativePath).min(1).describe('Its compose files, from this folder; they are sent to its host.'),
  project: projectName.optional().describe('As compose calls it there; that of the stack if it is left out.'),
  env_file: relativePath.default('.env').describe('The file of its variables, in its own folder.'),
  env_made: z
    .strictObject({
      from: plainName.describe('The environment whose variables it is made of.'),
      set: z.record(variableName, value).default({}).describe('What is different here: addresses, ports, limits, DEBUG.'),
      new: z.array(variableName).default([]).describe('Secrets of its own, made once.'),
      blank: z
        .array(z.string().regex(/^[A-Za-z0-9_*]+$/))
        .default([])
        .describe('What is left empty, beside what sends mail, messages or payments.'),
      keep: z.array(variableName).default([]).describe('What is kept of those that send.'),
    })
    .optional()
    .describe('How the file of its variables is made, and made again as long as nobody edits it.'),
  passes: z.array(variableName).default([]).describe('Variables of this machine that its compose files may use.'),
  port_offset: z.int().min(0).max(60_000).default(0).describe('What is added to the ports that it publishes.'),
  protected: z.boolean().default(false).describe('A change of it is asked for first, and its data saved.'),
  machines: z.array(pattern).default([]).describe('Where it is meant if --env is left out: host names.'),
})

const seconds = z.int().min(1).max(600)

/** What is asked of a running stack. What a URL or a port answers is asked on the host of the environment. */
const check = z
  .strictObject({
    url: text('the address of a page').optional().describe('Asked on the host of the environment.'),
    service: service.optional().describe('In place of a url: the service that is asked,'),
    port: z.int().min(1).max(65_535).optional().describe('at this port of its container, which it publishes,'),
    path: z
      .string()
      .regex(/^\/[^\s]*$/)
      .optional()
      .describe('for this path.'),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional().describe('GET, or POST where there is a body.'),
    body: z.unknown().optional().describe('What is sent, as JSON.'),
    status: z.int().min(100).max(599).default(200).describe('The answer that is right.'),
    json: z
      .record(z.string().regex(/^[^\s]+$/), z.unknown())
      .default({})
      .describe('What its JSON has to hold: `data.state: ok`.'),
    within: seconds.default(10).describe('Seconds until it has to have answered.'),
    part: z.string().optional().describe('A part of the kind postgres, whose database is asked by sql.'),
    sql: text('a query').optional().describe('Run in a transaction that can only read.'),
    gives: z.string().optional().describe('What it has to print; any row if this is left out.'),
    certificate: z
      .string()
      .regex(/^[A-Za-z0-9.-]+(:\d+)?$/)
      .optional()
      .describe('HOST or HOST:PORT, whose certificate is looked at.'),
    days: z.int().min(1).max(365).default(14).describe('It has to be good for so many days.'),
    environments: z.array(z.string()).default([]).describe('Where it is asked; everywhere if it is left out.'),
  })
  .refine(
    ({ url, service, sql, certificate }) => [url, service, sql, certificate].filter((key) => key !== undefined).length === 1,
    'needs one of url, service, sql and certificate',
  )
  .refine(({ service, port }) => (service === undefined) === (port === undefined), 'a service needs a port, and a port a service')
  .refine(({ sql, part }) => (sql === undefined) === (part === undefined), 'sql needs the part that is asked, and a part its sql')

const checkName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,40}$/, 'must be letters, digits, "_" and "-", starting with a letter')

const partName = z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be lower-case letters, digits, "_" and "-", starting with a letter')

export const stackConfig = z
  .strictObject({
    project: projectName.describe('As compose calls it.'),
    files: z.array(relativePath).min(1).optional().describe('The compose files, where there are no environments.'),
    environments: z
      .record(z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/), environment)
      .optional()
      .describe('Where the stack runs, by name.'),
    parts: z.record(partName, part).default({}).describe('What its data is made of, by name.'),
    no_canary: z.array(service).default([]).describe('Services of which no second one may run for a moment: workers, bots.'),
    health: z.record(checkName, check).default({}).describe('What a healthy stack answers, by name.'),
    tests: z.record(checkName, check).default({}).describe('What has to hold before it is promoted, by name.'),
    exports: relativePath.default('team-sync-exports').describe('The folder of the archives. Git must ignore it.'),
    archive: z.enum(['zstd', 'gzip']).optional().describe('zstd where it is installed, else gzip.'),
    encrypt: text('age:RECIPIENT or gpg:KEY')
      .refine((value) => typeof value !== 'string' || /^(age|gpg):\S/.test(value), 'must be age:RECIPIENT or gpg:KEY')
      .optional()
      .describe('Who alone can open an archive.'),
    identity: text('the path of a file').optional().describe('The file of the key that opens what was encrypted with age.'),
    versions: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,60}$/), text('a version'))
      .default({})
      .describe('What an archive says of the application: `pilotproVersion: 1.0.0`.'),
    keep_previous: z.int().min(0).max(20).default(1).describe('How many former databases and volumes stay after an import.'),
    jobs: z.int().min(1).max(16).default(4).describe('Parts at once.'),
    health_timeout: z.int().min(1).max(3600).default(120).describe('Seconds that the services have to be healthy again.'),
    logs: relativePath
      .optional()
      .describe('A folder with a link to the log of each day: `staging/deploy-20260131.log`, `health/health-check-20260131.log`.'),
    sanitise: relativePath.default('.insightpulse/sanitise.yaml').describe('The rules by which its data is made harmless.'),
  })
  .superRefine(({ environments = {}, parts, health, tests }, context) => {
    const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    const places = new Map<string, string>()
    for (const [name, { host, project, env_made: made, protected: isProtected }] of Object.entries(environments)) {
      const place = `${host ?? ''} ${project ?? ''}`
      const other = places.get(place)
      if (other !== undefined) say(['environments', name], `is the same project at the same place as ${other}: give it a project`)
      places.set(place, name)
      if (made && isProtected) say(['environments', name, 'env_made'], 'is not for a protected environment: its variables are its own')
      if (made && (made.from === name || environments[made.from] === undefined)) {
        say(['environments', name, 'env_made', 'from'], 'must be another environment')
      }
    }
    for (const [group, checks] of Object.entries({ health, tests })) {
      for (const [name, { part, environments: where }] of Object.entries(checks)) {
        if (part !== undefined && parts[part]?.kind !== 'postgres') say([group, name, 'part'], 'must be a part of the kind postgres')
        if (where.some((each) => environments[each] === undefined)) say([group, name, 'environments'], 'must name environments')
      }
    }
  })

export type StackConfig = z.output<typeof stackConfig>
export type Part = StackConfig['parts'][string]
export type Environment = NonNullable<StackConfig['environments']>[string]
export type Check = StackConfig['tests'][string]

/** Its environments; the one that is here where none is named. */
export const environmentsOf = ({ files, environments }: StackConfig): Readonly<Record<string, Environment>> =>
  environments ?? (files === undefined ? {} : { here: environment.parse({ files }) })

/** Is a service stopped or frozen while the part is read? */
export const stopsServices = (part: Part): boolean =>
  (part.kind === 'volume' && part.stop) || (part.kind === 'sqlite' && part.service !== undefined)
