import { z } from 'zod'
import { lateText, relativePath } from '../../engine/config/fields.ts'
import { type Direction, type DriverInput, type DriverPlan, defineDriver } from '../../engine/plan/driver.ts'
import { sh } from '../../engine/plan/shell.ts'
import { changes, checks, reads } from '../../engine/plan/step.ts'

const place = lateText(/^(?!-)[^\0-\x1f\x7f]+$/, 'a path')

const config = z.strictObject({
  claude_md: relativePath.describe('The file that declares what there is.'),
  mcp_config: place.optional().describe('The settings of MCP servers, a JSON file with "mcpServers".'),
  agent_dir: place.optional().describe('A folder of NAME.md, each with name and description in its frontmatter.'),
  skills_dir: place.optional().describe('A folder of NAME/SKILL.md.'),
  report: relativePath
    .refine((path) => path.endsWith('.md'), 'must end in .md')
    .default('docs/claude-config-drift.md')
    .describe('Where is written what is missing, extra or different.'),
  sections: z.int().min(0).max(100).default(24).describe('How many numbered sections claude_md has: 24 are 0 to 23; 0 for one without.'),
})

type Config = z.output<typeof config>
type Input = DriverInput<Config>

/** The pattern of what stands at a place, if that is known to be in the root. */
function inRoot(place: Config['agent_dir'], pattern: string): string[] {
  const path = relativePath.safeParse(place)
  return path.success ? [`${path.data}${pattern}`] : []
}

/** The steps are the same for every direction; what only reads one side leaves out the steps that write it. */
function plan(direction: Direction, { config, target }: Input): DriverPlan {
  const needed = (file: string, otherwise: string) => ({ condition: sh`[[ -e $run_dir/work/${file} ]]`, otherwise })
  return {
    settings: {
      claude_md: config.claude_md,
      mcp_config: config.mcp_config ?? '',
      agent_dir: config.agent_dir ?? '',
      skills_dir: config.skills_dir ?? '',
      drift_report: config.report,
      sections: config.sections,
      on_conflict: target.onConflict,
      state_file: `.insightpulse/state/synced/${target.name}.json`,
    },
    prepare: [sh`agents_settings`],
    outputs: [
      config.claude_md,
      config.report,
      ...inRoot(config.mcp_config, ''),
      ...inRoot(config.agent_dir, '/*.md'),
      ...inRoot(config.skills_dir, '/**'),
    ],
    steps: [
      reads('compare', 'Compare claude.md with the settings, the agents and the skills', sh`agents_compare`),
      changes('back_up', 'Save what will be overwritten', sh`agents_back_up`, {
        when: needed('changes', 'nothing to change'),
        saves: sh`agents_saves`,
      }),
      ...(direction === 'pull'
        ? []
        : [
            changes('write_configs', 'Write the settings, the agents and the skills', sh`agents_write_configs`, {
              when: needed('configs', 'nothing to change there'),
              saves: undefined,
            }),
          ]),
      ...(direction === 'push'
        ? []
        : [
            changes('write_claude', 'Write claude.md', sh`agents_write_claude`, {
              when: needed('claude', 'nothing to change there'),
              saves: undefined,
            }),
          ]),
      checks('check_both', 'Check that both are in step', sh`agents_check`, { when: needed('changes', 'nothing to change') }),
      changes('write_drift', 'Write the drift report', sh`agents_write_report`, {
        when: needed('report', 'it says so already'),
        saves: undefined,
      }),
      changes('remember', 'Remember what both have', sh`agents_remember`, {
        when: needed('changes', 'nothing to change'),
        saves: undefined,
      }),
    ],
  }
}

export default defineDriver({
  name: 'agent_config',
  summary: () => 'Keep what claude.md declares and the settings of MCP, the agents and the skills in step',
  config,
  replaces: ['sync-claude-configs.sh'],
  programs: [{ name: 'jq', package: 'jq' }],
  parameters: [
    { name: 'take-claude-md', help: 'where both sides changed the same, keep what claude.md has' },
    { name: 'take-configs', help: 'where both sides changed the same, keep what the settings have' },
    { name: 'score', help: 'only print the drift score, as the last line; changes nothing' },
  ],
  answer: sh`agents_answer "$1"`,
  undos: ['agents_undo'],
  conflicts: ['stop', 'claude_md', 'configs', 'newest'],
  verbs: {
    bidirectional: (input) => plan('bidirectional', input),
    push: (input) => plan('push', input),
    pull: (input) => plan('pull', input),
  },
})
