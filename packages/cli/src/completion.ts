import type { Command, Option } from 'commander';

/** A command as completion needs it. */
interface Node {
  /** `/rekor/get`; the program itself is empty. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly Option[];
  readonly below: readonly Node[];
}

/** Shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The completion script of a shell, made from the definitions that also parse the command line. */
export function completionFor(shell: (typeof SHELLS)[number], program: Command): string {
  const root = nodeOf(program, '');
  return { bash, zsh, fish }[shell](root);
}

function nodeOf(command: Command, path: string): Node {
  return {
    path,
    description: command.description(),
    options: command.createHelp().visibleOptions(command),
    below: command.commands.map((one) => nodeOf(one, `${path}/${one.name()}`)),
  };
}

function allOf(node: Node): readonly Node[] {
  return [node, ...node.below.flatMap(allOf)];
}

function nameOf({ path }: Node): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function namesOf({ short, long }: Option): readonly string[] {
  return [short, long].filter((name) => name !== undefined);
}

/** Where the words so far lead: the same few lines in bash and zsh. */
function walkCase(root: Node): string {
  const paths = allOf(root).flatMap(({ path }) => (path === '' ? [] : [path]));
  return `case "$at/$word" in ${paths.join('|')}) at="$at/$word" ;; esac`;
}

function bash(root: Node): string {
  const cases = allOf(root).map((node) => {
    const names = node.options.flatMap(namesOf).join(' ');
    const takers = node.options.filter(({ required }) => required).flatMap(namesOf);
    return `    '${node.path}') below='${node.below.map(nameOf).join(' ')}' flags='${names}' takers=' ${takers.join(' ')} ' ;;`;
  });
  return `# bash completion for sigtrail. Load it with: source <(sigtrail completion bash)
_sigtrail() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  local at='' below='' flags='' takers='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    ${walkCase(root)}
  done
  case "$at" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  # A value: readline completes it as a file name.
  if [[ "$before" == '=' || "$takers" == *" $before "* ]]; then return; fi
  if [[ "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  elif [[ -n "$below" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$below" -- "$current")
  fi
}
complete -o default -F _sigtrail sigtrail
`;
}

function zsh(root: Node): string {
  const list = (entries: readonly (readonly [string, string])[]): string =>
    entries.map(([name, text]) => quote(`${name}:${text.replaceAll(':', '\\:')}`)).join(' ');
  const cases = allOf(root).map((node) => {
    const flags = node.options.flatMap((option) =>
      namesOf(option).map((name) => [name, oneLine(option.description)] as const),
    );
    const takers = node.options.filter(({ required }) => required).flatMap(namesOf);
    const below = node.below.map((one) => [nameOf(one), oneLine(one.description)] as const);
    return `    '${node.path}') below=(${list(below)}) flags=(${list(flags)}) takers=(${takers.join(' ')}) ;;`;
  });
  return `#compdef sigtrail
# zsh completion for sigtrail. Put it in a directory of $fpath as _sigtrail, or: source <(sigtrail completion zsh)
_sigtrail() {
  local at='' word i
  local -a below flags takers
  for ((i = 2; i < CURRENT; i++)); do
    word="$words[i]"
    ${walkCase(root)}
  done
  case "$at" in
${cases.join('\n')}
  esac
  if (( \${takers[(Ie)$words[CURRENT-1]]} )); then
    _files
  elif [[ "$words[CURRENT]" == -* ]]; then
    _describe 'option' flags
  elif (( $#below )); then
    _describe 'command' below
  else
    _files
  fi
}
if [[ "$funcstack[1]" == _sigtrail ]]; then _sigtrail "$@"; else compdef _sigtrail sigtrail; fi
`;
}

function fish(root: Node): string {
  const lines = allOf(root).flatMap((node) => [
    ...node.below.map(
      (one) =>
        `complete -c sigtrail -f -n '__sigtrail_at "${node.path}"' -a ${nameOf(one)} -d ${quoteFish(oneLine(one.description))}`,
    ),
    ...node.options.map(({ short, long, required, description }) => {
      const names = [
        ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
        ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
        ...(required ? ['-r'] : []),
      ];
      return `complete -c sigtrail -n '__sigtrail_at "${node.path}"' ${names.join(' ')} -d ${quoteFish(oneLine(description))}`;
    }),
  ]);
  const paths = allOf(root).flatMap(({ path }) => (path === '' ? [] : [path]));
  return `# fish completion for sigtrail. Load it with: sigtrail completion fish | source
function __sigtrail_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at/$word"
            case ${paths.join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** The first clause, which is what fits beside a name. */
function oneLine(description: string): string {
  return description.replaceAll(/\s+/g, ' ').split(/[;:] /, 1)[0] ?? '';
}

/** For bash and zsh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", `\\'`)}'`;
}
