# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash

# bash completion of async-inspect: its own words up to PROGRAM, then those of the program.

# One row a command: its options, and what follows them.
declare -A _async_inspect_options=(
  [run]='--json --output --record --stuck-after --no-payload --policy --break --command --prompt --stop-all --vars --help --'
  [record]='--last --size --on --output --stuck-after --no-payload --help --'
  [test]='--timeout --fail-on-hang --junit --trace --no-trace --help --'
  [attach]='--pid --for --look --json --output --record --stuck-after --no-payload --policy --break --command --prompt --stop-all --vars --help'
  [detach]='--pid --help'
  [ps]='--all --json --help'
  [open]='--json --exe --help'
  [info]='--json --help'
  [export]='--to --at --output --help'
  [profile]='--format --from --until --output --help --'
  [flamegraph]='--by --format --from --until --output --help --'
  [diff]='--fail-if --even-chance --json --output --help'
  [gui]='--break --directory --env --pid --new-window --help --'
  [repair]='--help'
)
declare -A _async_inspect_operand=(
  [run]=program [record]=program [test]=program [ps]=none [attach]=none [detach]=none [open]=file [info]=file [export]=file [profile]=program
  [flamegraph]=program [diff]=file
  [repair]=file [gui]=file
)
# One row an option that has a value: what the value is.
declare -A _async_inspect_value=(
  [--output]=file [-o]=file [--record]=file [--junit]=file [--trace]=file
  [--pid]=process [-p]=process [--for]='1s 10s 1m'
  [--stuck-after]='500ms 1s 2s 5s 30s 1m'
  [--timeout]='10s 30s 1m 5m none'
  [--by]='wall waiting running' [--format]='text json html svg folded speedscope' [--from]='0 1s 10s 1m' [--until]='1s 10s 1m'
  [--last]='10s 30s 1m 5m' [--size]='16M 64M 256M 1G' [--on]='stuck deadlock crash exit signal'
  [--policy]='drop overwrite block'
  [--break]='deadlock state: kind: task: resource: longer:5s point:'
  [--command]='bt locals vars why where step next continue kill quit help'
  [--to]='chrome csv dot folded html json otlp perfetto speedscope svg'
)

_async_inspect ()
{
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  local command=${COMP_WORDS[1]-}
  COMPREPLY=()

  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${!_async_inspect_options[*]} --help --version" -- "$current")
    return
  fi
  [[ -n ${_async_inspect_options[$command]-} ]] || return

  # The words of --option=value are "--option", "=" and "value".
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ ${_async_inspect_operand[$command]} == program ]]; then
    for ((i = 2; i < COMP_CWORD; i++)); do
      if [[ -n ${_async_inspect_value[${COMP_WORDS[i]}]-} ]]; then
        [[ ${COMP_WORDS[i + 1]-} == = ]] && ((i += 1))
        ((i += 1))
        continue
      fi
      case ${COMP_WORDS[i]} in
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
  fi

  case ${_async_inspect_value[$previous]-none} in
    process) mapfile -t COMPREPLY < <(compgen -W "$(async-inspect ps 2>/dev/null | awk '$1 ~ /^[0-9]+$/ { print $1 }')" -- "$current") ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    none)
      if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_async_inspect_options[$command]}" -- "$current")
      elif [[ ${_async_inspect_operand[$command]} == program ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
      elif [[ ${_async_inspect_operand[$command]} == file ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      fi
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${_async_inspect_value[$previous]}" -- "$current") ;;
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
