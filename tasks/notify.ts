import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'notify',
  summary: 'tell of targets that are overdue, or try whether messages arrive',
  usage: ['[TARGET...] (--overdue | --test) [options]'],
  about: `Tell those that notify: of sync.yaml names. A run tells by itself how it ended; what
nobody started cannot, so let another machine or hour start this.`,
  options: [
    { name: 'overdue', help: 'tell of each target whose schedule should have started it; exit code 8 if there is one' },
    { name: 'test', help: 'send a test message to everybody' },
    ...own('profile', 'root', 'help', 'version'),
  ],
  exitCodes: `Exit code 1: somebody could not be told.`,
  goal: '$(TARGET) $(ARGS)',
  program: { kind: 'targets', only: ({ notify, direction }) => notify.length > 0 && direction !== undefined },
})
