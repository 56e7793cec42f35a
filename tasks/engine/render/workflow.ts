import { Document, isScalar, visit } from 'yaml'
import { ConfigError } from '../config/problem.ts'
import type { Config } from '../config/schema.ts'
import { type CommandOf, sourceLines, withChecksum } from './header.ts'
import type { Renderer } from './program.ts'
import { githubSchedules } from './schedules/github.ts'
import { targetProblems, workflowProblems } from './workflow-limits.ts'
import { pagesJob } from './workflow-pages.ts'
import { ACTIONS, CHECKOUT, type Input, type Job, onlyInstalled, RUNNER, type Workflow } from './workflow-shape.ts'
import { targetJobs } from './workflow-target.ts'

export const WORKFLOW_FILE = '.github/workflows/directional-sync.yml'

/**
 * The files of the workflow of a config by their path: it and the program that decides what is due. None unless the config
 * asks for a workflow or has a schedule, for which there is something to do by itself. With `checks` the workflow also
 * checks the generated files, and can publish the dashboard, which needs a root whose packages have the generator, at a version that a
 * lock file pins.
 *
 * @throws ConfigError with all that GitHub Actions cannot do.
 */
export function workflowFiles(config: Config, renderer: Renderer, checks: boolean): Map<string, string> {
  const { targets, workflow: settings } = config
  if (!(settings.enabled ?? targets.some(({ schedule }) => schedule !== undefined))) return new Map()
  const noPages = settings.pages && !checks ? [NO_PAGES] : []
  refuse([...noPages, ...targetProblems(targets)])
  const workflow = workflowOf(config, checks ? renderer.command : undefined)
  const text = workflowText(workflow, renderer.command)
  refuse(workflowProblems(workflow, text))
  return new Map([
    [WORKFLOW_FILE, withChecksum(text)],
    ['generated/due.sh', withChecksum(renderer.due(targets, githubSchedules(targets, settings.off_the_hour)))],
  ])
}

const NO_PAGES =
  'workflow: pages: the dashboard needs Lockstep among the packages of package.json, and a package-lock.json that pins its version'

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return
  const lines = problems.map((problem) => `${WORKFLOW_FILE}: ${problem}`).join('\n')
  throw new ConfigError(`${lines}\nGitHub Actions cannot do this: change it, or write "workflow: { enabled: false }". Nothing was written.`)
}

/** A workflow as YAML, under the header of generated files. */
export function workflowText(workflow: Workflow, command: CommandOf): string {
  const document = new Document(workflow, { aliasDuplicateObjects: false })
  const versions = new Map<unknown, string>(Object.values(ACTIONS).map(({ uses, version }) => [uses, version]))
  visit(document, {
    Scalar: (_, node) => {
      const version = isScalar(node) ? versions.get(node.value) : undefined
      if (version !== undefined) node.comment = ` ${version}`
    },
  })
  document.commentBefore = ['directional-sync.yml: run the targets when they are due', '', ...sourceLines('', command)]
    .map((line) => ` ${line}`)
    .join('\n')
  return document.toString({ lineWidth: 130, nullStr: '', indentSeq: true })
}

/** The workflow of a config; see workflowFiles. It checks the generated files where a command is given. */
export function workflowOf({ targets, workflow }: Config, command?: CommandOf): Workflow {
  const schedules = new Map([...githubSchedules(targets, workflow.off_the_hour).values()].map((each) => [each.cron, each]))
  return {
    name: 'Directional Sync Automation',
    on: {
      ...(schedules.size > 0 ? { schedule: [...schedules.values()] } : {}),
      workflow_dispatch: { inputs: INPUTS },
      ...(command ? { push: { branches: ['**'] }, pull_request: null } : {}),
    },
    permissions: {},
    jobs: {
      ...(command ? { check: checkJob(command) } : {}),
      due: DUE,
      ...Object.assign({}, ...targets.map((target) => targetJobs(target, targets, workflow.timeout_minutes))),
      ...(command && workflow.pages ? { pages: pagesJob(targets, command) } : {}),
    },
  }
}

const INPUTS: Readonly<Record<string, Input>> = {
  direction: {
    description: 'Only targets that go this way',
    type: 'choice',
    options: ['all', 'pull', 'push', 'bidirectional'],
    default: 'all',
  },
  target: { description: 'Names or patterns such as oca_*, with spaces between; empty for all', type: 'string', default: '' },
  dry_run: { description: 'Say what would be done, change nothing', type: 'boolean', default: false },
  verify: { description: 'Run the verification commands', type: 'boolean', default: true },
}

const checkJob = (command: CommandOf): Job => ({
  name: 'The generated files are current',
  if: "github.event_name == 'push' || github.event_name == 'pull_request'",
  'runs-on': RUNNER,
  'timeout-minutes': 10,
  permissions: { contents: 'read' },
  steps: [
    CHECKOUT,
    { uses: ACTIONS.setupNode.uses, with: { 'node-version': 24 } },
    { run: 'npm ci --no-audit --no-fund' },
    { run: `${onlyInstalled(command('generate'))} --check` },
  ],
})

const DUE: Job = {
  name: 'Which targets are due',
  if: "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'",
  'runs-on': RUNNER,
  'timeout-minutes': 5,
  permissions: { contents: 'read' },
  outputs: { targets: '${{ steps.due.outputs.targets }}', options: '${{ steps.due.outputs.options }}' },
  steps: [
    CHECKOUT,
    {
      id: 'due',
      run: 'bash generated/due.sh',
      env: {
        DUE_SCHEDULE: '${{ github.event.schedule }}',
        DUE_DIRECTION: '${{ inputs.direction }}',
        DUE_TARGET: '${{ inputs.target }}',
        DUE_DRY_RUN: '${{ inputs.dry_run }}',
        DUE_VERIFY: '${{ inputs.verify }}',
      },
    },
  ],
}
