# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash

# bash completion of async-inspect: its own words up to PROGRAM, then those of the program.

_async_inspect ()
{
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()

  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'run open info repair --help --version' -- "$current")
    return
  fi
  case ${COMP_WORDS[1]} in
    open | info | repair)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    run) ;;
    *) return ;;
  esac

  # The words of --option=value are "--option", "=" and "value".
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --output | -o | --record | --stuck-after | --policy)
        [[ ${COMP_WORDS[i + 1]-} == = ]] && ((i += 1))
        ((i += 1))
        ;;
      --)
        _async_inspect_program $((i + 1))
        return
        ;;
      -* | =) ;;
      *)
        _async_inspect_program "$i"
        return
        ;;
    esac
  done

  case $previous in
    --output | -o | --record) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    --stuck-after) mapfile -t COMPREPLY < <(compgen -W '500ms 1s 2s 5s 30s 1m' -- "$current") ;;
    --policy) mapfile -t COMPREPLY < <(compgen -W 'drop overwrite block' -- "$current") ;;
    *)
      if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W \
          '--json --output --record --stuck-after --no-payload --policy --help --' -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
      fi
      ;;
  esac
}

# _async_inspect_program FIRST: word FIRST is the program
_async_inspect_program ()
{
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
  fi
}

complete -o default -F _async_inspect async-inspect
