import { variablesIn } from '../config/late.ts'
import type { Target } from '../config/schema.ts'
import { SECRET_NAMES } from '../config/secret-names.ts'
import type { Shards } from '../plan/driver.ts'
import { planTarget, scriptName, usedVariables } from '../plan/plan.ts'
import { ACTIONS, type Job, RUNNER } from './workflow-shape.ts'

/** The id of a target's job is the name of its script, which no other target shares. */
export const jobId = (target: string, verb?: string): string => scriptName(target, verb).slice(0, -'.sh'.length)

/** The jobs of one target by their ids. `targets` are all, so that it knows what those are that it depends on. */
export function targetJobs(target: Target, targets: readonly Target[], timeoutMinutes: number): Record<string, Job> {
  const shards = target.direction === undefined ? undefined : planTarget(target).shards
  const own = targetJob(target, targets, timeoutMinutes, shards)
  return {
    ...(shards && { [jobId(target.name, 'fetch')]: fetchJob(target, own, shards) }),
    [jobId(target.name)]: own,
  }
}

function targetJob(target: Target, targets: readonly Target[], timeoutMinutes: number, shards: Shards | undefined): Job {
  const { name, depends_on } = target
  const commits = 'git_commit' in target && target.git_commit === true
  return {
    name,
    needs: ['due', ...depends_on.map((other) => jobId(other)), ...(shards ? [jobId(name, 'fetch')] : [])],
    if: condition(
      name,
      targets.filter((other) => depends_on.includes(other.name)),
    ),
    'runs-on': RUNNER,
    'timeout-minutes': timeoutMinutes,
    permissions: { contents: commits ? 'write' : 'read' },
    concurrency: { group: `directional-sync-${name}`, 'cancel-in-progress': false },
    outputs: { exit_code: '${{ steps.sync.outputs.exit_code }}' },
    steps: [
      // The branch as it is by now, with what the targets before this one have pushed.
      { uses: ACTIONS.checkout.uses, with: { ref: '${{ github.ref }}', 'persist-credentials': commits } },
      ...(shards
        ? [
            {
              uses: ACTIONS.downloadArtifact.uses,
              with: { pattern: `shard-of.${name}.*`, 'merge-multiple': true, path: '${{ runner.temp }}/shares' },
            },
          ]
        : []),
      {
        id: 'sync',
        run: [
          ...(shards ? ['mkdir -p -- "$RUNNER_TEMP/shares"'] : []),
          'read -r -a options <<<"$LOCKSTEP_OPTIONS"',
          `bash generated/${scriptName(name)} --ci${shards ? ' --shares "$RUNNER_TEMP/shares"' : ''} --report "$RUNNER_TEMP/report.json" "\${options[@]}"`,
        ].join('\n'),
        env: {
          ...variables(target),
          // A commit that stays on the runner dies with it.
          ...(commits ? { LOCKSTEP_PUSH: 'true' } : {}),
          LOCKSTEP_OPTIONS: '${{ needs.due.outputs.options }}',
        },
      },
      {
        if: 'always()',
        uses: ACTIONS.uploadArtifact.uses,
        with: {
          name: `report-${name}-\${{ github.run_attempt }}`,
          path: '${{ runner.temp }}/report.json',
          'if-no-files-found': 'ignore',
          'retention-days': 30,
        },
      },
    ],
  }
}

/** The machines that ask and fetch for a target's job, which does by itself what one of them could not. */
function fetchJob(target: Target, { if: due, ...own }: Job, { count, reads }: Shards): Job {
  const { name, depends_on } = target
  return {
    name: `${name}, shard \${{ matrix.shard }}`,
    needs: ['due', ...depends_on.map((other) => jobId(other))],
    if: due,
    'runs-on': RUNNER,
    'timeout-minutes': own['timeout-minutes'],
    permissions: { contents: 'read' },
    strategy: { matrix: { shard: [...Array(count).keys()] }, 'fail-fast': false },
    steps: [
      {
        uses: ACTIONS.checkout.uses,
        with: {
          ref: '${{ github.ref }}',
          'persist-credentials': false,
          // Not what the target has brought so far.
          'sparse-checkout': ['/.insightpulse/', '/generated/', ...reads.map(exactly)].join('\n'),
          'sparse-checkout-cone-mode': false,
        },
      },
      {
        run: `bash generated/${scriptName(name, 'fetch')} --ci --shard "$SHARD" --shares "$RUNNER_TEMP/shares"`,
        env: { ...variables(target), SHARD: '${{ matrix.shard }}' },
      },
      {
        uses: ACTIONS.uploadArtifact.uses,
        with: {
          name: `shard-of.${name}.\${{ matrix.shard }}`,
          path: '${{ runner.temp }}/shares',
          // What Git has packed gets no smaller.
          'compression-level': 0,
          overwrite: true,
          'retention-days': 1,
        },
      },
    ],
  }
}

/** A path as a pattern of a sparse checkout: gitignore(5). */
const exactly = (path: string): string => `/${path.replaceAll(/[\\*?[\]]|\s$/g, '\\$&')}`

const variables = (target: Target): Record<string, string> =>
  Object.fromEntries(targetVariables(target).map((each) => [each, variableSource(each, isSecret(each, target))]))

/**
 * When a target's job runs: it is due, and what it depends on is done or not due. The status function comes first, for
 * without one a job is skipped when one that it needs was.
 */
function condition(name: string, needed: readonly Target[]): string {
  const isDue = (target: string): string => `contains(fromJSON(needs.due.outputs.targets), '${target}')`
  const isDone = ({ name: other, fail_on_diff }: Target): string =>
    [
      `needs.${jobId(other)}.result == 'success'`,
      ...(fail_on_diff ? [`needs.${jobId(other)}.outputs.exit_code == '8'`] : []),
      `!${isDue(other)}`,
    ].join(' || ')
  return ['!cancelled()', "needs.due.result == 'success'", isDue(name), ...needed.map((other) => `(${isDone(other)})`)].join(' && ')
}

/** What the runner sets by itself. */
const RUNNERS_OWN = /^(CI|HOME|HOSTNAME|LANG|LC_.*|LOGNAME|PATH|PWD|SHELL|TMPDIR|USER|(ACTIONS|GITHUB|RUNNER)_(?!TOKEN$).*)$/

/** The variables that a target's script is given: those that the config names, but what the runner has itself. */
export const targetVariables = (target: Target): string[] =>
  usedVariables(target)
    .filter((name) => !RUNNERS_OWN.test(name))
    .sort()

/** Is the value of a variable kept where secrets are? */
export const isSecret = (name: string, { secrets, notify }: Target): boolean =>
  Object.hasOwn(secrets, name) || SECRET_NAMES.test(name) || variablesIn(notify).some((variable) => variable.name === name)

const variableSource = (name: string, secret: boolean): string => `\${{ ${secret ? 'secrets' : 'vars'}.${name} }}`
