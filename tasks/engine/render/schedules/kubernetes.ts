import { Document } from 'yaml'
import { ConfigError } from '../../config/problem.ts'
import type { Target } from '../../config/schema.ts'
import { planTarget, scriptName } from '../../plan/plan.ts'
import { isSecret, targetVariables } from '../workflow-target.ts'
import { spellCron } from './cron.ts'
import { type Job, limitOf, type Place, rootId } from './job.ts'

/** What Kubernetes takes of the data of a ConfigMap, in bytes; the rest is for names. */
const MOST_BYTES = 1_048_576 - 1024

export interface Cluster {
  /** With bash and what the targets need. */
  readonly image: string
  /** The folder of the image that holds the generated programs; undefined where a ConfigMap brings them. */
  readonly programs: string | undefined
  /** Each generated program as a single file, by its name. */
  readonly texts: ReadonlyMap<string, string>
  /** When a run is ended, in minutes. */
  readonly minutes: number
}

/** Where a pod has the programs, and what it works in: the claim that is named like the root's id. */
const PROGRAMS = '/opt/lockstep'
const ROOT = '/srv/lockstep'

/**
 * A CronJob (batch/v1) for each job by the name of the file, with a ConfigMap for its programs. Tokens come from the Secret
 * that is named like the root's id, other variables from the ConfigMap ID-variables.
 *
 * @throws ConfigError with all that Kubernetes cannot do.
 */
export function renderCronJobs(jobs: readonly Job[], place: Place, cluster: Cluster): Map<string, string> {
  const problems: string[] = []
  const files = jobs.map((job): [string, string] => {
    const name = job.title
    const data = cluster.programs === undefined ? programsOf(job, cluster.texts) : undefined
    const bytes = new TextEncoder().encode(Object.values(data ?? {}).join('')).length
    if (bytes > MOST_BYTES)
      problems.push(
        `${name}: its programs have ${bytes} bytes, and a ConfigMap takes 1 MiB: put generated/ into an image that all share, and name its folder there with --programs`,
      )
    if (!/^[A-Z]/.test(job.timezone))
      problems.push(`${name}: timezone: "${job.timezone}": Kubernetes wants the name of a time zone, such as Asia/Manila`)
    const id = rootId(place.root)
    const objects = [...(data === undefined ? [] : [configMap(job, id, data)]), cronJob(job, id, cluster)]
    return [`${job.name}.yaml`, objects.map((each) => written(each, place)).join('---\n')]
  })
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return new Map(files)
}

const written = (object: object, { command }: Place): string => {
  const document = new Document(object, { aliasDuplicateObjects: false })
  document.commentBefore = [` Source:      .insightpulse/sync.yaml`, ` Regenerate:  ${command} --kubernetes`].join('\n')
  return document.toString({ lineWidth: 0 })
}

/** Those that a job starts; sync.sh wants the others beside it. */
const programsOf = (job: Job, texts: ReadonlyMap<string, string>): Record<string, string> => {
  const { program, targets } = job
  const [{ name }] = targets
  const beside =
    targets.length > 1 ? targets.map((target) => scriptName(target.name)) : shardsOf(job) > 0 ? [scriptName(name, 'fetch')] : []
  const names = [program, ...beside]
  return Object.fromEntries(names.map((each) => [each, texts.get(each) ?? '']))
}

const labels = ({ name }: Job, id: string) => ({
  'app.kubernetes.io/name': 'lockstep',
  'app.kubernetes.io/instance': id,
  'app.kubernetes.io/component': name,
})

const configMap = (job: Job, id: string, data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: job.name, labels: labels(job, id) },
  data,
})

/** How many pods get ready what a job needs. */
const shardsOf = ({ targets: [target, ...others], program }: Job): number =>
  others.length > 0 || program !== scriptName(target.name) ? 0 : (planTarget(target).shards?.count ?? 0)

/**
 * What a pod runs. Of a job with shards all but the last fetch, and that one waits for them; a folder for each job keeps them
 * apart from what an earlier one has left.
 */
function commandOf({ program, words, targets: [{ name }] }: Job, folder: string, shards: number, minutes: number): string[] {
  if (shards === 0) return ['bash', `${folder}/${program}`, ...words, '--root', ROOT, '--init']
  const script = `shares=${ROOT}/.insightpulse/state/shares/${name}
if ((SHARD < ${shards})); then
  exec bash ${folder}/${scriptName(name, 'fetch')} --ci --root ${ROOT} --init --shard "$SHARD" --shares "$shares/$JOB"
fi
mkdir -p "$shares" && find "$shares" -mindepth 1 -maxdepth 1 ! -name "$JOB" -exec rm -rf {} +
exec bash ${folder}/${program} "$@" --root ${ROOT} --init --shares "$shares/$JOB" --wait ${minutes * 60}
`
  return ['bash', '-c', script, program, ...words]
}

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })

const SHARD_FIELDS = [
  field('JOB', "metadata.labels['batch.kubernetes.io/job-name']"),
  field('SHARD', "metadata.annotations['batch.kubernetes.io/job-completion-index']"),
]

function cronJob(job: Job, id: string, { image, programs, minutes }: Cluster) {
  const { name, targets, timezone, times } = job
  const shards = shardsOf(job)
  // Those that fetch first, and then the last one.
  const seconds = limitOf(job, shards > 0 ? 2 * minutes : minutes) * 60
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, labels: labels(job, id) },
    spec: {
      schedule: spellCron(times),
      timeZone: timezone === 'UTC' ? 'Etc/UTC' : timezone,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          // A run that failed has put its files back, and says why: the next one is the scheduled one.
          ...(shards > 0
            ? { completionMode: 'Indexed', completions: shards + 1, parallelism: shards + 1, backoffLimitPerIndex: 0 }
            : { backoffLimit: 0 }),
          activeDeadlineSeconds: seconds,
          template: {
            metadata: { labels: labels(job, id) },
            spec: {
              restartPolicy: 'Never',
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              // On SIGTERM a run puts its files back.
              terminationGracePeriodSeconds: 300,
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 1000,
                runAsGroup: 1000,
                fsGroup: 1000,
                fsGroupChangePolicy: 'OnRootMismatch',
                seccompProfile: { type: 'RuntimeDefault' },
              },
              containers: [
                {
                  name: 'sync',
                  image,
                  command: commandOf(job, programs ?? PROGRAMS, shards, minutes),
                  workingDir: ROOT,
                  env: [
                    { name: 'HOME', value: '/tmp' },
                    { name: 'TMPDIR', value: '/tmp' },
                    ...(shards > 0 ? SHARD_FIELDS : []),
                    ...environment(targets, id),
                  ],
                  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
                  volumeMounts: [
                    { name: 'root', mountPath: ROOT },
                    { name: 'tmp', mountPath: '/tmp' },
                    ...(programs === undefined ? [{ name: 'programs', mountPath: PROGRAMS, readOnly: true }] : []),
                  ],
                },
              ],
              volumes: [
                { name: 'root', persistentVolumeClaim: { claimName: id } },
                { name: 'tmp', emptyDir: {} },
                ...(programs === undefined ? [{ name: 'programs', configMap: { name, defaultMode: 0o555 } }] : []),
              ],
            },
          },
        },
      },
    },
  }
}

/** Each variable that a target names; that there is one is for the program to say, which knows how to get it. */
function environment(targets: readonly Target[], id: string) {
  const names = new Map(targets.flatMap((target) => targetVariables(target).map((name) => [name, isSecret(name, target)] as const)))
  return [...names].map(([name, secret]) => ({
    name,
    valueFrom: secret
      ? { secretKeyRef: { name: id, key: name, optional: true } }
      : { configMapKeyRef: { name: `${id}-variables`, key: name, optional: true } },
  }))
}
