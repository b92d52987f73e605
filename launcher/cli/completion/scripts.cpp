// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion/scripts.hpp"

namespace agentbox {

namespace {

// bash takes words apart at "=" and ":" and wants only the part behind them back.
constexpr const char* bash_script = R"(# bash completion for agentbox
_agentbox() {
  local own=${COMP_WORDS[COMP_CWORD]} words=() i word line directive=:none
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]})) && [[ $word == [=:] || ${COMP_WORDS[i - 1]} == [=:] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  [[ $own == [=:] ]] && own=
  local prefix=${words[-1]%"$own"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive=$line
    else
      line=${line%%$'\t'*}
      COMPREPLY+=("${line#"$prefix"}")
    fi
  done < <("$1" __complete "${words[@]}" 2>/dev/null)
  case $directive in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames ;;
  esac
}
complete -F _agentbox agentbox
)";

constexpr const char* zsh_script = R"(#compdef agentbox
# zsh completion for agentbox
_agentbox() {
  local line directive=:none
  local -a lines candidates
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    if [[ $line == :* ]]; then
      directive=$line
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (( ${#candidates} )) && _describe agentbox candidates
  case $directive in
    :files) _files ;;
    :directories) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _agentbox ]]; then
  _agentbox "$@"
else
  compdef _agentbox agentbox
fi
)";

constexpr const char* fish_script = R"(# fish completion for agentbox
function __agentbox_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':directories'
                __fish_complete_directories "$current" ''
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c agentbox -f -a '(__agentbox_complete)'
)";

}  // namespace

std::string completion_script(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return bash_script;
    case Shell::zsh:
      return zsh_script;
    case Shell::fish:
      break;
  }
  return fish_script;
}

}  // namespace agentbox
