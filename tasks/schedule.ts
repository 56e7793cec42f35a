import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'schedule',
  summary: 'give the schedules to cron, systemd, launchd or Kubernetes (ARGS=--cron)',
  usage: ['--cron|--systemd|--launchd|--kubernetes [--install|--uninstall] [options]'],
  about: `Print what another scheduler needs to run the targets at their times: schedule: and
timezone: of sync.yaml. With --install show what changes on this host, ask, and make
it so; --uninstall takes that back. Nothing of other programs is touched.`,
  options: [
    { name: 'cron', help: 'lines of a crontab' },
    { name: 'systemd', help: 'a service and a timer each, of your own; with --system those of the system' },
    { name: 'launchd', help: 'a property list each' },
    { name: 'kubernetes', help: 'a CronJob each' },
    { name: 'install', help: 'make it so here; not for Kubernetes' },
    { name: 'uninstall', help: 'take back what --install has made' },
    { name: 'output', value: 'DIR', help: 'write the files into DIR' },
    { name: 'timezone', value: 'ZONE', help: 'cron, launchd: the time zone of the host that runs them (default: that of this one)' },
    { name: 'cron-tz', help: 'cron: times in their own zones, by CRON_TZ; for cronie, not for the cron of Debian' },
    { name: 'system', help: 'systemd: units of the system, which run as the owner of the root and write nothing else' },
    { name: 'writable', value: 'DIR', help: 'with --system: may be written too; may repeat' },
    { name: 'image', value: 'IMAGE', help: 'kubernetes: an image with bash and what the targets need' },
    { name: 'programs', value: 'DIR', help: 'kubernetes: the folder of the image with the generated programs, in place of a ConfigMap' },
    ...own('yes', 'profile', 'root', 'help'),
  ],
  exitCodes: `Exit codes:
  0  done, also when there was nothing to do
  2  wrong usage, invalid config, or what the scheduler cannot do
  3  something needed is missing: a schedule, a program, a file
  4  not installed: the answer was no, or it changed meanwhile`,
  goal: '$(ARGS)',
  program: { kind: 'node', run: async (given, kit) => (await import('./engine/run/schedule.ts')).schedule(given, kit) },
})
