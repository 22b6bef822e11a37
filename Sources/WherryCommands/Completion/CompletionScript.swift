/// What makes a shell ask `wherry internal complete`. The words are known there, so that no script names a verb.
///
/// The answer has a candidate a line, with what it does after a tab. A first line `:files` says that paths may stand
/// there as well.
enum CompletionScript: String, CaseIterable {
  case bash
  case zsh
  case fish

  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  /// bash cuts words at `:` and `=` too, and replaces only what follows the last of them; the words are therefore
  /// read from the line, and what bash keeps is cut off the candidates.
  private static let bashText = #"""
    # bash completion of wherry: source <(wherry completion bash)
    _wherry() {
      local line=${COMP_LINE:0:COMP_POINT} typed kept candidate
      local -a words answer
      read -ra words <<<"$line"
      case $line in *[[:space:]]) words+=('') ;; esac
      typed=${words[-1]}
      kept=${typed%"${typed##*[:=]}"}
      mapfile -t answer < <("${words[0]}" internal complete -- "${words[@]:1}" 2>/dev/null)
      COMPREPLY=()
      for candidate in "${answer[@]}"; do
        if [ "$candidate" = :files ]; then
          compopt -o default 2>/dev/null
          continue
        fi
        candidate=${candidate%%$'\t'*}
        case $COMP_WORDBREAKS in *:*) candidate=${candidate#"$kept"} ;; esac
        COMPREPLY+=("$candidate")
      done
      # `--network=` or a container's path go on at once.
      case ${COMPREPLY[0]-} in *=|*:) [ ${#COMPREPLY[@]} -ne 1 ] || compopt -o nospace 2>/dev/null ;; esac
    }
    complete -F _wherry wherry

    """#

  private static let zshText = #"""
    #compdef wherry
    # zsh completion of wherry: source <(wherry completion zsh)
    _wherry() {
      local -a answer candidates
      local line files=
      answer=("${(@f)$("${words[1]}" internal complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
      for line in $answer; do
        if [[ $line == :files ]]; then files=1; continue; fi
        line=${line//:/\\:}
        candidates+=("${line/$'\t'/:}")
      done
      (( ${#candidates} )) && _describe -V wherry candidates
      [[ -z $files ]] || _files
    }
    if [ "$funcstack[1]" = _wherry ]; then _wherry "$@"; else compdef _wherry wherry; fi

    """#

  private static let fishText = #"""
    # fish completion of wherry: wherry completion fish | source
    function __wherry_complete
        set -l words (commandline -opc) (commandline -ct)
        set -l program $words[1]
        set -e words[1]
        for line in ($program internal complete -- $words 2>/dev/null)
            if test "$line" = :files
                __fish_complete_path (commandline -ct)
            else
                echo $line
            end
        end
    end
    complete -c wherry -f -a '(__wherry_complete)'

    """#
}
