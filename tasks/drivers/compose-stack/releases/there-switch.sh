# shellcheck shell=bash
# shellcheck disable=SC2154 # folder, project and releases are said by the caller
# The switch to a release, and the way back, as the host does both by itself.

# there_place RELEASE: a new one, of the files in the tar on standard input.
there_place() {
  umask 077
  mkdir -p -- "$releases/.new-$1"
  # What connections that were cut have left.
  find "$releases" -maxdepth 1 -name '.new-*' -mmin +60 -exec rm -rf {} +
  printf '*\n' >"$releases/.gitignore"
  tar -xof - -C "$releases/.new-$1"
  there_program >"$releases/.new-$1/program.sh"
  there_word "$releases/current" >"$releases/.new-$1/before"
  printf 'new\n' >"$releases/.new-$1/state"
  mv -- "$releases/.new-$1" "$releases/$1"
}

# there_adopt RELEASE: as there_place, of what runs already.
there_adopt() {
  there_place "$1"
  there_mark "$1" healthy
  there_set_current "$1"
  there_keep_images "$1"
}

# there_set_current RELEASE
there_set_current() {
  printf '%s\n' "$1" >"$releases/current.new"
  mv -f -- "$releases/current.new" "$releases/current"
}

# there_program: print a script that can switch to its release and back by itself.
there_program() {
  printf '#!/usr/bin/env bash\n# %s\nset -euo pipefail\n' 'program.sh switch SECONDS | back SECONDS | halt SECONDS: to this release, to the one before it, and neither.'
  printf 'folder=%q project=%q env_file=%q releases=%q\n' "$folder" "$project" "$env_file" "$releases"
  # shellcheck disable=SC2046 # names
  declare -f $(compgen -A function there_)
  # shellcheck disable=SC2016 # for that script
  printf '%s\n' 'cd -- "$folder"' 'there_main "$(basename "$(dirname "$0")")" "$@"'
}

# there_main RELEASE switch|back|halt SECONDS
there_main() {
  umask 077
  case $2 in
    switch) there_switch "$1" "$3" ;;
    back) there_back "$1" "$3" ;;
    halt) there_halt "$1" "$3" ;;
    *) return 2 ;;
  esac
}

# there_start RELEASE WHAT SECONDS EXPECTED: begin it, in a session of its own: it goes
# on when nobody watches any more. Prints what it says until it has ended.
there_start() {
  local at=$releases/$1 pid shown=0 size
  rm -f -- "$at/result"
  : >"$at/log"
  [[ $(there_word "$releases/current") == "$4" ]] || {
    printf 'somebody else has deployed %s meanwhile\n' "$(there_word "$releases/current")"
    return 6
  }
  # shellcheck disable=SC2016 # for that bash
  set -- bash -c 'status=0; bash "$1/program.sh" "$2" "$3" >"$1/log" 2>&1 </dev/null || status=$?; printf "%s\n" "$status" >"$1/result"' bash "$at" "$2" "$3"
  if command -v setsid >/dev/null; then
    setsid "$@" >/dev/null 2>&1 </dev/null &
  else
    nohup "$@" >/dev/null 2>&1 </dev/null &
  fi
  pid=$!
  while :; do
    size=$(wc -c <"$at/log")
    ((size <= shown)) || tail -c "+$((shown + 1))" "$at/log" | head -c "$((size - shown))"
    shown=$size
    if [[ -s $at/result ]]; then
      size=$(wc -c <"$at/log")
      ((size <= shown)) || tail -c "+$((shown + 1))" "$at/log"
      return "$(there_word "$at/result")"
    fi
    kill -0 "$pid" 2>/dev/null || [[ -s $at/result ]] || return 1
    sleep 0.2
  done
}

# there_birth PID: print a mark of that process, which no other will have; nothing where it
# is gone. Whose it is does not matter.
there_birth() {
  local fields boot=''
  if [[ -r /proc/self/stat ]]; then
    { IFS= read -r fields <"/proc/$1/stat"; } 2>/dev/null || return 0
    # shellcheck disable=SC2086 # split on purpose
    set -- ${fields##*) }
    IFS= read -r boot </proc/sys/kernel/random/boot_id || :
    printf '%s-%s' "$boot" "${20}"
  else
    ps -o lstart= -p "$1" | tr -dc 'A-Za-z0-9' || :
  fi
}

# there_lock RELEASE SECONDS: nobody else switches; who held it and is dead holds it no
# more. Waits so long for one that lives. The lock is a file: PID BIRTH RELEASE.
there_lock() {
  local began=$SECONDS lock=$releases/lock mine=$releases/lock.$$ held pid birth release
  mkdir -p -- "$releases"
  printf '%s %s %s\n' "$$" "$(there_birth "$$")" "$1" >"$mine"
  until ln -- "$mine" "$lock" 2>/dev/null; do
    held=$(cat -- "$lock" 2>/dev/null) || continue
    read -r pid birth release <<<"$held"
    if [[ $(there_birth "$pid") != "$birth" ]]; then
      # Whoever took it over meanwhile gets it back.
      mv -- "$lock" "$mine.dead" 2>/dev/null || continue
      [[ $(<"$mine.dead") == "$held" ]] || ln -- "$mine.dead" "$lock" 2>/dev/null || :
      rm -f -- "$mine.dead"
      continue
    fi
    if ((SECONDS - began >= $2)); then
      rm -f -- "$mine"
      printf 'the switch to %s holds the lock\n' "$release"
      return 6
    fi
    sleep 0.2
  done
  # shellcheck disable=SC2064 # the files of now
  trap "[[ ! '$lock' -ef '$mine' ]] || rm -f -- '$lock'; rm -f -- '$mine'" EXIT
}

# there_halt RELEASE SECONDS: all but the services of its file kept stops, for data that is
# exchanged then; the way back is that of the data first.
there_halt() {
  local at=$releases/$1 id service running current ids=()
  there_lock "$1" "$(($2 + 600))" || return 6
  if [[ $(there_word "$at/state") == new ]]; then
    there_is_next "$1" || return 6
    there_mark "$1" switching
  fi
  current=$(there_word "$releases/current")
  if [[ $current != "$1" && $current != "$(there_word "$at/before")" ]]; then
    printf '%s was deployed since: what runs there now has its data\n' "$current"
    return 6
  fi
  there_await_docker || return 7
  # A Docker that does not answer is none in which nothing runs.
  running=$(docker ps -q --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False) || return 7
  for id in $running; do
    service=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.service"}}' "$id")
    grep -qxF -- "$service" "$at/kept" || ids+=("$id")
  done
  ((${#ids[@]} == 0)) || docker stop "${ids[@]}" >/dev/null
}

# there_is_next RELEASE: may it take over? Not where another has, or has stopped all for
# its data.
there_is_next() {
  local other state
  for other in "$releases"/[0-9]*/kept; do
    other=${other%/kept}
    [[ ${other##*/} != "$1" && $(there_word "$other/state") == switching ]] || continue
    there_mark "$1" refused
    printf 'the data of %s is being brought back: the next run where that was begun ends it\n' "${other##*/}"
    return 1
  done
  [[ $(there_word "$releases/current") != "$(there_word "$releases/$1/before")" ]] || return 0
  there_mark "$1" refused
  printf 'somebody else has deployed %s meanwhile\n' "$(there_word "$releases/current")"
  return 1
}

# there_switch RELEASE SECONDS: canaries first, then all of it; 1 where that did not
# become healthy and the former one runs again, 7 where that does not. Where its data came
# with it the former one must not run before that is back.
there_switch() {
  local at=$releases/$1
  there_lock "$1" 600 || return 6
  there_is_next "$1" || return 6
  if ! there_try_canaries "$1" "$2"; then
    [[ ! -e $at/kept ]] || return 1
    if docker version >/dev/null 2>&1; then
      there_mark "$1" refused
      return 1
    fi
    # The daemon is gone, and what ran with it.
    there_mark "$1" switching
    there_put_back "$1" "$2"
    return
  fi
  there_mark "$1" switching
  if there_take "$1" && there_wait "$2" "$at/services"; then
    there_set_current "$1"
    there_mark "$1" healthy
    there_keep_images "$1"
    return 0
  fi
  [[ ! -e $at/kept ]] || return 1
  there_put_back "$1" "$2"
}

# there_put_back RELEASE SECONDS: it was not good, or is not wanted: the one before it.
there_put_back() {
  local before
  before=$(there_word "$releases/$1/before")
  there_await_docker || return 7
  if [[ -z $before ]]; then
    printf 'nothing ran before: what was started is stopped; its data stays\n'
    there_compose -f "$releases/$1/compose.yml" down || return 7
    rm -f -- "$releases/current"
    there_mark "$1" back
    return 1
  fi
  printf 'back to %s\n' "$before"
  if there_take "$before" "$1" && there_wait "$2" "$releases/$before/services"; then
    there_set_current "$before"
    there_mark "$1" back
    return 1
  fi
  there_mark "$1" broken
  printf '%s does not become healthy again\n' "$before"
  return 7
}

# there_back RELEASE SECONDS: undo a switch to it, if it has happened, or half of it.
there_back() {
  local state current at=$releases/$1
  there_lock "$1" "$(($2 + 600))" || return 6
  state=$(there_word "$at/state")
  current=$(there_word "$releases/current")
  if [[ $current != "$1" ]] && ! { [[ $state == switching || $state == broken ]] && [[ $current == "$(there_word "$at/before")" ]]; }; then
    # Whoever has deployed since knows better; but what was stopped for its data goes on.
    [[ -e $at/kept && -n $current ]] || return 0
    there_take "$current" && there_wait "$2" "$releases/$current/services"
    return
  fi
  there_put_back "$1" "$2" || (($? == 1))
}

# there_await_docker: the daemon may be on its way up again.
there_await_docker() {
  local tries=0
  until docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    ((tries < 600)) || return 1
    sleep 0.5
  done
}

# there_take RELEASE [FROM]: its services run; those that only FROM, or what runs now
# by another release, has are stopped first: the ports may be the same.
there_take() {
  local at=$releases/$1 from=${2:-$(there_word "$releases/current")} service ids
  if [[ -n $from && -s $releases/$from/services ]]; then
    while IFS= read -r service; do
      ! grep -qxF -- "$service" "$at/services" || continue
      ids=$(there_containers "$service")
      # shellcheck disable=SC2086 # ids
      [[ -z $ids ]] || { docker stop $ids && docker rm $ids; } >/dev/null || return 1
    done <"$releases/$from/services"
  fi
  # shellcheck disable=SC2046 # names of services
  there_compose -f "$at/compose.yml" up -d $(<"$at/services")
}
