import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { threeWay } from '../../fixtures/three-way.ts'

const driver = fileURLToPath(new URL('../../../tasks/drivers/agent-config/', import.meta.url))
/** The program of jq as a run has it. */
const program = execFileSync('bash', ['-euc', `for file in "$1"*.sh; do . "$file"; done\nagents_program`, 'bash', driver], {
  encoding: 'utf8',
})

interface Server {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}
type Declared = Readonly<Record<string, { readonly command: string; readonly args: readonly string[]; readonly env: readonly string[] }>>
type Texts = Readonly<Record<string, string>>
interface Sides {
  readonly claude: string
  readonly settings: string
  readonly agents: Texts
}
interface Decision {
  readonly items: readonly { readonly kind: string; readonly name: string; readonly verdict: string }[]
  readonly score: number
  readonly claude: string | null
  readonly settings: string | null
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly report: string
  readonly base: unknown
}

interface Question {
  readonly sides: Sides
  readonly base?: unknown
  readonly resolved?: Readonly<Record<string, string>>
}

/** What runs decide: jq itself, once for all of them, with what agents_decide gives it. */
function decide(questions: readonly Question[]): Decision[] {
  const input = questions.map(({ sides, base, resolved }) => ({
    claude: sides.claude,
    settings: sides.settings,
    base: base === undefined ? '' : JSON.stringify(base),
    resolved: resolved ?? {},
    files: sides.agents,
  }))
  const bound = ['claude', 'settings', 'base', 'resolved', 'files'].map((name) => `.${name} as $${name} | `).join('')
  const constants = ['--arg', 'of', 'a place', '--arg', 'direction', 'bidirectional', '--argjson', 'sections', '0']
  const names = ['--argjson', 'names', '{"claude":"claude.md","settings":"s.json"}']
  const output = execFileSync('jq', ['-c', ...constants, ...names, `map(${bound}${program})`], {
    encoding: 'utf8',
    input: JSON.stringify(input),
    maxBuffer: 1 << 28,
  })
  return JSON.parse(output) as Decision[]
}

const applied = (sides: Sides, decision: Decision): Sides => ({
  claude: decision.claude ?? sides.claude,
  settings: decision.settings ?? sides.settings,
  agents: { ...sides.agents, ...Object.fromEntries(decision.files.map(({ path, text }) => [path, text])) },
})

const SECRET = 'Pl4nted!'
const name = fc.constantFrom('a', 'b b', '"; $(touch ran)', 'é|x')
const word = fc.constantFrom('--flag', 'server', '-y', './data', 'a, b: c # d', `"'`)
const command = fc.constantFrom('npx', 'uvx', '/usr/bin/x')
const envName = fc.constantFrom('TOKEN', 'HOST', 'KEY')
const description = fc
  .oneof(fc.constantFrom('Reviews', 'a: b # c', `it's "so"`, '# x', '{a}', 'two\nlines', 'é 😀'), fc.string({ minLength: 1 }))
  .map((text) => text.replaceAll(/[\0\r]/g, '').trim() || 'x')

const declared: fc.Arbitrary<Declared> = fc.dictionary(
  name,
  fc.record({ command, args: fc.array(word, { maxLength: 3 }), env: fc.uniqueArray(envName, { maxLength: 2 }) }),
)
const there: fc.Arbitrary<Readonly<Record<string, Server>>> = fc.dictionary(
  name,
  fc.record({
    command,
    args: fc.array(fc.oneof(word, fc.constant(SECRET)), { maxLength: 3 }),
    env: fc.dictionary(envName, fc.constant(SECRET), { maxKeys: 2 }),
  }),
)
const agentName = fc.constantFrom('planner', 'reviewer', 'r2')
const agents = fc.dictionary(agentName, description)

const claudeOf = (servers: Declared, listed: Texts): string =>
  [
    '# Rules\n\nkept text\n\n## MCP servers\n\n```yaml\n# kept comment',
    ...Object.entries(servers).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    '```\n\n## 3. Agents\n\n```yaml',
    ...Object.entries(listed).map(([key, text]) => `${key}: ${JSON.stringify(text)} # note`),
    '```\nlast line',
  ].join('\n')
const agentFile = (key: string, text: string): string =>
  `---\nname: ${key}\ndescription: ${JSON.stringify(text)}\ntools: Read # kept\n---\nbody of ${key}\n`
const agentFiles = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [`agents/${key}.md`, agentFile(key, text)]))
const settingsOf = (servers: Readonly<Record<string, Server>>): string =>
  `{ // kept\n  "number": 1.50,\n  "mcpServers": ${JSON.stringify(servers, null, 2)}, "foreign": {"a": [1,2]}\n}\n`

const sides: fc.Arbitrary<Sides> = fc.tuple(declared, there, agents, agents).map(([ours, theirs, listed, standing]) => ({
  claude: claudeOf(ours, listed),
  settings: settingsOf(theirs),
  agents: agentFiles(standing),
}))

/** What decides each conflict, as a person would. */
const settle = ({ items }: Decision, ours: boolean): Record<string, string> =>
  Object.fromEntries(
    items
      .filter(({ verdict }) => verdict === 'conflict')
      .map((item) => [`${item.kind}.${item.name}`, ours ? 'to_configs' : 'to_claude_md']),
  )

const verdicts = { same: 'same', one: 'to_configs', other: 'to_claude_md', conflict: 'conflict' } as const

const many = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 12, maxLength: 12 })

describe('the decision of agent_config, for any two states', () => {
  it('leaves both equal, finds nothing to do then, and shows no secret', () => {
    fc.assert(
      fc.property(many(sides), fc.boolean(), (all, ours) => {
        const first = decide(all.map((before) => ({ sides: before })))
        const settled = decide(all.map((before, index) => ({ sides: before, resolved: settle(first[index] as Decision, ours) })))
        const results = all.map((before, index) => applied(before, settled[index] as Decision))
        const again = decide(results.map((after, index) => ({ sides: after, base: settled[index]?.base })))
        all.forEach((before, index) => {
          const [after, decision] = [results[index] as Sides, settled[index] as Decision]
          expect(again[index]).toMatchObject({ items: [], score: 0, claude: null, settings: null, files: [], base: decision.base })
          expect([after.claude, decision.report, JSON.stringify(decision.base)].join('\n')).not.toContain(SECRET)
          expect(after.claude).toMatch(/^# Rules\n\nkept text\n\n## MCP servers\n\n```yaml\n# kept comment\n[\s\S]*```\nlast line/)
          expect(after.settings).toMatch(/^\{ \/\/ kept\n {2}"number": 1\.50,\n[\s\S]*"foreign": \{"a": \[1,2\]\}\n\}\n$/)
          for (const [path, text] of Object.entries(before.agents)) expect(after.agents[path]).toContain(text.split('tools:')[1])
        })
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })

  it('loses no edit of either side: one that only one side made is on both then, others are conflicts', () => {
    const edit = fc.record({ claude: fc.option(description, { nil: undefined }), file: fc.option(description, { nil: undefined }) })
    const start: Texts = { planner: 'Plans', reviewer: 'Reviews', r2: 'Droid' }
    const same: Sides = { claude: claudeOf({}, start), settings: settingsOf({}), agents: agentFiles(start) }
    const [{ base } = { base: null }] = decide([{ sides: same }])
    fc.assert(
      fc.property(many(fc.record({ planner: edit, reviewer: edit, r2: edit })), (all) => {
        const states = all.map((edits) => {
          const side = (which: 'claude' | 'file'): Texts =>
            Object.fromEntries(Object.entries(edits).map(([key, each]) => [key, each[which] ?? start[key] ?? '']))
          return { ours: side('claude'), theirs: side('file') }
        })
        const edited = states.map(({ ours, theirs }) => ({ ...same, claude: claudeOf({}, ours), agents: agentFiles(theirs) }))
        const decisions = decide(edited.map((each) => ({ sides: each, base })))
        states.forEach(({ ours, theirs }, index) => {
          const decision = decisions[index] as Decision
          const after = applied(edited[index] as Sides, decision)
          for (const [key, former] of Object.entries(start)) {
            const [our, their] = [ours[key] ?? '', theirs[key] ?? '']
            const expected = verdicts[threeWay({ one: our, other: their, base: former })]
            expect(decision.items.find((item) => item.name === key)?.verdict ?? 'same').toBe(expected)
            expect(after.claude).toContain(`${key}: ${JSON.stringify(expected === 'to_claude_md' ? their : our)} # note`)
            expect(after.agents[`agents/${key}.md`]).toBe(agentFile(key, expected === 'to_configs' ? our : their))
          }
        })
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })
})
