import { plainSummary, type Verb } from '../plan/verb.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Prints the names below `targets:` of the sync.yaml here or in a folder above, and of what stands beside it to be included. */
const TARGETS = `folder=$PWD
  while [[ -n $folder && ! -r $folder/.insightpulse/sync.yaml ]]; do folder=\${folder%/*}; done
  awk 'FNR == 1 { on = 0 } /^targets:/ { on = 1; next } /^[^ #]/ { on = 0 } on && /^  [A-Za-z]/ { sub(/:.*/, ""); print $1 }' \\
    "$folder"/.insightpulse/*.yaml 2>/dev/null`

/** What a shell completes of \`lockstep VERB\` and of the generated programs of the verbs: verbs, options, targets. To be sourced. */
export function renderCompletion(verbs: readonly Verb[], shell: Shell): string {
  return shell === 'fish' ? forFish(verbs) : forBash(verbs, shell === 'zsh')
}

/** zsh reads what is written for bash. */
function forBash(verbs: readonly Verb[], zsh: boolean): string {
  const cases = verbs.map((verb) => `    ${verb.name}) words='${optionsOf(verb)}' ;;`)
  const programs = verbs.filter(({ program }) => program.kind === 'targets' || program.kind === 'stores').map(({ name }) => `${name}.sh`)
  return `${[
    ...(zsh ? ['autoload -U +X compinit bashcompinit', 'compinit', 'bashcompinit'] : []),
    '_lockstep_targets() {',
    `  local ${TARGETS}`,
    '}',
    '_lockstep() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[0]##*/} words=',
    '  verb=${verb%.sh}',
    '  if [[ $verb == lockstep ]]; then',
    '    verb=${COMP_WORDS[1]}',
    `    ((COMP_CWORD > 1)) || { COMPREPLY=($(compgen -W '${verbs.map(({ name }) => name).join(' ')}' -- "$current")) && return; }`,
    '  fi',
    '  case $verb in',
    ...cases,
    '  esac',
    '  [[ $current == -* ]] || words=$(_lockstep_targets)',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    `complete -o default -F _lockstep lockstep ${programs.join(' ')}`,
  ].join('\n')}\n`
}

const optionsOf = ({ options }: Verb): string => options.map(({ name }) => `--${name}`).join(' ')

function forFish(verbs: readonly Verb[]): string {
  const text = (words: string): string => `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return `${[
    'function __lockstep_targets',
    `  bash -c ${text(TARGETS.replace(/^ +/gm, ''))}`,
    'end',
    'complete -c lockstep -f',
    ...verbs.flatMap((verb) => [
      `complete -c lockstep -n __fish_use_subcommand -a ${verb.name} -d ${text(plainSummary(verb))}`,
      ...verb.options.map(
        ({ name, value, help }) =>
          `complete -c lockstep -n '__fish_seen_subcommand_from ${verb.name}' -l ${name}${value === undefined ? '' : ' -r'} -d ${text(help)}`,
      ),
    ]),
    `complete -c lockstep -n 'not __fish_use_subcommand' -a '(__lockstep_targets)'`,
  ].join('\n')}\n`
}
