/**
 * Completion scripts for bash and zsh, written from the tree of commands: all its names and
 * options.
 */
import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh';

/** What can follow one command: `path` is `artel tx bank`. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

/** A script to be sourced by the shell. */
export function completionScript(program: Command, shell: Shell): string {
  const cases = placesOf(program, program.name(), optionsOf(program))
    .map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`)
    .join('\n');
  return shell === 'bash' ? bashScript(cases) : zshScript(cases);
}

function placesOf(command: Command, path: string, inherited: readonly string[]): readonly Place[] {
  const commands = command.commands.flatMap((child) => [child.name(), ...child.aliases()]);
  const options = [...new Set([...optionsOf(command), ...inherited])];
  const below = command.commands.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) =>
      placesOf(child, `${path} ${name}`, inherited),
    ),
  );
  return [{ path, words: [...commands, ...options] }, ...below];
}

function optionsOf(command: Command): readonly string[] {
  return [
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, short }) => long ?? short ?? ''),
    '--help',
  ];
}

/** Both walk the words before the cursor down the tree, skipping options and what is no command. */
function bashScript(cases: string): string {
  return `# bash completion of artel; source it, or: artel completion bash > /etc/bash_completion.d/artel
_artel_words() {
  local words=''
  case "$1" in
${cases}
  esac
  printf '%s' "$words"
}
_artel() {
  local path=artel word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    [[ "$word" == -* ]] && continue
    [[ -n "$(_artel_words "$path $word")" ]] && path="$path $word"
  done
  COMPREPLY=($(compgen -W "$(_artel_words "$path")" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  return 0
}
complete -F _artel artel
`;
}

function zshScript(cases: string): string {
  return `#compdef artel
# zsh completion of artel; put it on your fpath as _artel, or: source <(artel completion zsh)
_artel_words() {
  local words=''
  case "$1" in
${cases}
  esac
  printf '%s' "$words"
}
_artel() {
  local path_so_far=artel word index candidates
  for ((index = 2; index < CURRENT; index++)); do
    word="\${words[index]}"
    [[ "$word" == -* ]] && continue
    [[ -n "$(_artel_words "$path_so_far $word")" ]] && path_so_far="$path_so_far $word"
  done
  candidates=(\${=$(_artel_words "$path_so_far")})
  compadd -- $candidates || _files
}
if [[ "$funcstack[1]" == _artel ]]; then _artel "$@"; else compdef _artel artel; fi
`;
}
