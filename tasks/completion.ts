import { own } from './engine/plan/options.ts'
import { defineVerb } from './start.ts'

export default defineVerb(import.meta.url, {
  name: 'completion',
  summary: 'print what a shell completes (ARGS=bash, zsh or fish)',
  usage: ['bash|zsh|fish'],
  about: `Print a script that completes verbs, options and targets of lockstep, and of
generated/sync.sh and the others. A shell reads it when it starts:
  source <(lockstep completion bash)     # in .bashrc; zsh in .zshrc
  lockstep completion fish | source      # in config.fish`,
  options: own('help'),
  goal: '$(ARGS)',
  program: {
    kind: 'node',
    operands: 1,
    run: async ({ operands: [shell] }, { verbs }) => {
      const [{ renderCompletion, SHELLS }, { ConfigError }] = await Promise.all([
        import('./engine/render/completion.ts'),
        import('./engine/config/problem.ts'),
      ])
      const known = SHELLS.find((each) => each === shell)
      if (known === undefined) throw new ConfigError(`completion: name one shell: ${SHELLS.join(', ')}`)
      process.stdout.write(renderCompletion(verbs, known))
      return 0
    },
  },
})
