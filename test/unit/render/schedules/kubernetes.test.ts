import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Cluster, renderCronJobs } from '../../../../tasks/engine/render/schedules/kubernetes.ts'
import { configMap, cronJob } from '../../../fixtures/cron-job.ts'
import { jobs, place } from '../../../fixtures/schedules.ts'

const NIGHTLY = { schedule: '0 2 * * *' }
const PROGRAM = '#!/usr/bin/env bash\nprintf \'%s\\n\' "${x}"\t# é: {{x}}\n'

const rendered = (targets: Readonly<Record<string, object>>, cluster: Partial<Cluster> = {}) => {
  const all = jobs(targets)
  const names = all.flatMap(({ program, targets: those }) => [
    program,
    ...those.map(({ name }) => `sync-${name.replaceAll('_', '-').toLowerCase()}.sh`),
  ])
  const texts = new Map(names.map((name) => [name, PROGRAM]))
  const files = renderCronJobs(all, place(), { image: 'registry.example.org/ops:1', programs: undefined, texts, minutes: 60, ...cluster })
  return [...files.values()].flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()))
}

describe('renderCronJobs', () => {
  it('is what the API of Kubernetes takes', () => {
    const [programs, job] = rendered({ nightly: { ...NIGHTLY, timezone: 'Europe/Rome', env: ['API_TOKEN', 'REGION'] } })
    expect(configMap.parse(programs).data).toEqual({ 'sync-nightly.sh': PROGRAM })
    const { metadata, spec } = cronJob.parse(job)
    expect(metadata.name).toBe(programs.metadata.name)
    expect(spec).toMatchObject({ schedule: '0 2 * * *', timeZone: 'Europe/Rome', concurrencyPolicy: 'Forbid' })
    expect(spec.jobTemplate.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 4200 })
    const [container] = spec.jobTemplate.spec.template.spec.containers
    expect(container?.command.join(' ')).toBe('bash /opt/lockstep/sync-nightly.sh --ci --verify --wait 600 --root /srv/lockstep --init')
    expect(container?.env.slice(2)).toEqual([
      { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'lockstep-787e685f', key: 'API_TOKEN', optional: true } } },
      { name: 'REGION', valueFrom: { configMapKeyRef: { name: 'lockstep-787e685f-variables', key: 'REGION', optional: true } } },
    ])
  })

  it.each(['a', 'With_Capitals', 'ends_with_', 'x'.repeat(100), `${'y'.repeat(33)}_${'z'.repeat(60)}`])('has names for %s', (target) => {
    for (const object of rendered({ [target]: NIGHTLY })) (object.kind === 'CronJob' ? cronJob : configMap).parse(object)
  })

  it('tells long names apart', () => {
    const names = ['a', 'b'].map((end) => rendered({ [`${'x'.repeat(99)}${end}`]: NIGHTLY })[1].metadata.name)
    expect(new Set(names).size).toBe(2)
  })

  it('says every schedule so that the cron of Kubernetes reads it', () => {
    for (const schedule of ['*/7 * */2 JAN-MAR 5-7', '0 0 * * 7', '5/15 3 1,2 * SUN'])
      for (const object of rendered({ a: { schedule } })) if (object.kind === 'CronJob') cronJob.parse(object)
  })

  it('brings sync.sh and all of its programs where targets are one run', () => {
    const [programs, job] = rendered({ base: NIGHTLY, top: { ...NIGHTLY, depends_on: ['base'] } })
    expect(Object.keys(programs.data)).toEqual(['sync.sh', 'sync-base.sh', 'sync-top.sh'])
    expect(job.spec.jobTemplate.spec.activeDeadlineSeconds).toBe(7800)
  })

  it('refuses programs over 1 MiB, unless the image holds them', () => {
    const texts = new Map([['sync-a.sh', 'é'.repeat(600_000)]])
    expect(() => rendered({ a: NIGHTLY }, { texts })).toThrow(
      'a: its programs have 1200000 bytes, and a ConfigMap takes 1 MiB: put generated/ into an image',
    )
    const [job, ...others] = rendered({ a: NIGHTLY }, { texts, programs: '/app/generated' })
    expect(others).toEqual([])
    expect(cronJob.parse(job).spec.jobTemplate.spec.template.spec.containers[0]?.command[1]).toBe('/app/generated/sync-a.sh')
  })
})
