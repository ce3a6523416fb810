export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof SHELLS)[number];

/** A word that the shell takes literally. */
function literal(word: string, shell: CompletedShell): string {
  return shell === 'fish'
    ? `'${word.replaceAll(/[\\']/g, String.raw`\$&`)}'`
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

// In all three: a tmux-orc on PATH is asked, else the one that printed the script, so that an alias works too. Lines
// that begin with ":" are instructions; no candidate does.

const bash = (
  own: string,
): string => `# Completion of tmux-orc for bash. Load it with: eval "$(tmux-orc completion bash)"
__tmux_orc_ask() {
  if type -P tmux-orc >/dev/null; then
    command tmux-orc __complete "$@"
  else
    ${own} __complete "$@"
  fi </dev/null 2>/dev/null
}

_tmux_orc() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
      :open) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(__tmux_orc_ask --bash -- "\${COMP_LINE:0:COMP_POINT}" "$2")
}

complete -F _tmux_orc tmux-orc
`;

const zsh = (own: string): string => `#compdef tmux-orc
# Completion of tmux-orc for zsh. Load it after compinit with: eval "$(tmux-orc completion zsh)"
__tmux_orc_ask() {
  if (( $+commands[tmux-orc] )); then
    command tmux-orc __complete "$@"
  else
    ${own} __complete "$@"
  fi </dev/null 2>/dev/null
}

_tmux_orc() {
  local line value width=0
  local -a values shows before suffix
  before=()
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  local -a lines=("\${(@f)$(__tmux_orc_ask -- "\${before[@]}" "\${(Q)PREFIX}")}")
  for line in "\${lines[@]}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :folders) _files -/; return ;;
      :open) suffix=(-S '') ;;
      *)
        value=\${line%%$'\\t'*}
        values+=("$value")
        (( \${(m)#value} > width )) && width=\${(m)#value}
        ;;
    esac
  done
  (( \${#values} )) || return 1
  for line in "\${lines[@]}"; do
    [[ $line == :* || -z $line ]] && continue
    value=\${line%%$'\\t'*}
    [[ $line == *$'\\t'?* ]] && shows+=("\${(mr:width:)value}  -- \${line#*$'\\t'}") || shows+=("$value")
  done
  compadd "\${suffix[@]}" -l -d shows -a values
}

# Found on fpath as _tmux-orc, this file is the function itself.
if [[ $funcstack[1] == _tmux-orc ]]; then
  _tmux_orc "$@"
else
  compdef _tmux_orc tmux-orc
fi
`;

const fish = (
  own: string,
): string => `# Completion of tmux-orc for fish. Load it with: tmux-orc completion fish | source
function __tmux_orc_ask
    if command -q tmux-orc
        command tmux-orc __complete $argv </dev/null 2>/dev/null
    else
        ${own} __complete $argv </dev/null 2>/dev/null
    end
end

function __tmux_orc_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (__tmux_orc_ask -- $words[2..-1] "$current")
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current" ''
            case ':*'
            case '*'
                printf '%s\\n' $line
        end
    end
end

complete -c tmux-orc -f -a '(__tmux_orc_complete)'
`;

const SCRIPTS: Readonly<Record<CompletedShell, (own: string) => string>> = { bash, zsh, fish };

/** @param own the program that prints the script, as a list of words. */
export function completionScript(shell: CompletedShell, own: readonly string[]): string {
  return SCRIPTS[shell](own.map((word) => literal(word, shell)).join(' '));
}
