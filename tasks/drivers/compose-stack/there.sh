# shellcheck shell=bash
# shellcheck disable=SC2154 # folder, project, env_file and releases are said by the caller
# What runs on the host of an environment, in its folder. These functions are sent
# there: they rest on each other, bash and docker alone. A release is a folder below
# releases/: the compose file with every variable filled in and every image by its id,
# so that it can run again as it did, whatever became of tags and files.
#   compose.yml   what runs       services   its services, a line each
#   canaries      those that are tried first  about  who made it, when, of what
#   before        the release that ran then   state  new, switching, healthy, refused, back or broken
#   program.sh    the switch and the way back, which no laptop is needed for
# current names the release that runs; a switch holds the folder lock.

# there_run COMMAND...
there_run() {
  "$@"
}

# there_compose ARGUMENT...
there_compose() {
  local compose=docker-compose
  ! docker compose version >/dev/null 2>&1 || compose='docker compose'
  # shellcheck disable=SC2086 # a program and its word
  $compose --ansi never --project-directory "$PWD" -p "$project" "$@" </dev/null
}

# there_containers [SERVICE]
there_containers() {
  docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.oneoff=False ${1:+--filter "label=com.docker.compose.service=$1"}
}

# there_state CONTAINER: print STATUS/HEALTH/EXIT CODE/RESTARTS.
there_state() {
  docker inspect -f '{{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}/{{.State.ExitCode}}/{{.RestartCount}}' "$1" 2>/dev/null ||
    printf 'gone/none/0/0\n'
}

# there_facts: what runs here now, a line each.
there_facts() {
  local id version
  version=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || {
    printf 'Docker does not answer\n' >&2
    return 3
  }
  printf 'docker %s\n' "$version"
  if docker compose version >/dev/null 2>&1; then
    printf 'compose 2\n'
  else
    command -v docker-compose >/dev/null || { printf 'neither docker compose nor docker-compose is installed there\n' >&2 && return 3; }
    printf 'compose 1\n'
  fi
  printf 'current %s\n' "$(there_word "$releases/current")"
  [[ ! -d $releases/lock ]] || printf 'lock %s %s\n' "$(there_word "$releases/lock/release")" \
    "$(kill -0 "$(there_word "$releases/lock/pid")" 2>/dev/null && printf lives || printf dead)"
  for id in $(there_containers); do
    printf 'service %s %s\n' "$(docker inspect -f '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}' "$id")" "$(there_state "$id")"
  done
}

# there_word FILE: print its first word, or nothing.
there_word() {
  local word=''
  [[ ! -s $1 ]] || read -r word _ <"$1" || :
  printf '%s' "$word"
}

# there_images NAME...: print each with its id, or -.
there_images() {
  local name id
  for name in "$@"; do
    id=$(docker image inspect -f '{{.Id}}' "$name" 2>/dev/null) || id=-
    printf '%s %s\n' "$name" "$id"
  done
}

# there_resolve SENT FILE...: print the compose files as one, with each variable filled
# in. Where SENT is true they come as a tar on standard input.
there_resolve() {
  local sent=$1 at='' name words=() status=0
  shift
  if [[ $sent == true ]]; then
    at=$(mktemp -d)
    tar -xf - -C "$at" || status=$?
  fi
  for name in "$@"; do
    words+=(-f "${at:+$at/}$name")
  done
  [[ ! -f $env_file ]] || words=(--env-file "$env_file" "${words[@]}")
  ((status != 0)) || there_compose "${words[@]}" config || status=$?
  [[ -z $at ]] || rm -rf -- "$at"
  return "$status"
}

# there_listens PORT...: print those that somebody else listens at, with who.
there_listens() {
  local port id owner
  for port in "$@"; do
    owner=''
    for id in $(docker ps -q --filter "publish=$port"); do
      owner=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.project"}} {{.Name}}' "$id")
      [[ ${owner%% *} != "$project" ]] || continue 2
    done
    if [[ -n $owner ]]; then
      printf '%s the container %s\n' "$port" "${owner##* /}"
    elif (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s another program\n' "$port"
    fi
  done
}

# there_place RELEASE: a new one, of the files in the tar on standard input.
there_place() {
  umask 077
  mkdir -p -- "$releases/.new-$1"
  printf '*\n' >"$releases/.gitignore"
  tar -xf - -C "$releases/.new-$1"
  there_program >"$releases/.new-$1/program.sh"
  there_word "$releases/current" >"$releases/.new-$1/before"
  printf 'new\n' >"$releases/.new-$1/state"
  mv -- "$releases/.new-$1" "$releases/$1"
}

# there_adopt RELEASE: as there_place, of what runs already.
there_adopt() {
  there_place "$1"
  there_mark "$1" healthy
  printf '%s\n' "$1" >"$releases/current"
  there_keep_images "$1"
}

# there_program: print a script that can switch to its release and back by itself.
there_program() {
  printf '#!/usr/bin/env bash\n# %s\nset -euo pipefail\n' 'program.sh switch SECONDS | back SECONDS: to this release, and to the one before it.'
  printf 'folder=%q project=%q env_file=%q releases=%q\n' "$folder" "$project" "$env_file" "$releases"
  # shellcheck disable=SC2046 # names
  declare -f $(compgen -A function there_)
  # shellcheck disable=SC2016 # for that script
  printf '%s\n' 'cd -- "$folder"' 'there_main "$(basename "$(dirname "$0")")" "$@"'
}

# there_main RELEASE switch|back SECONDS
there_main() {
  umask 077
  case $2 in
    switch) there_switch "$1" "$3" ;;
    back) there_back "$1" "$3" ;;
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

# there_lock RELEASE SECONDS: nobody else switches; who held it and is dead holds it no
# more. Waits so long for one that lives.
there_lock() {
  local began=$SECONDS holder
  mkdir -p -- "$releases"
  until mkdir -- "$releases/lock" 2>/dev/null; do
    holder=$(there_word "$releases/lock/pid")
    if [[ -n $holder ]] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf -- "$releases/lock"
      continue
    fi
    ((SECONDS - began < $2)) || {
      printf 'the switch to %s holds the lock\n' "$(there_word "$releases/lock/release")" >&2
      return 6
    }
    sleep 0.2
  done
  printf '%s\n' "$$" >"$releases/lock/pid"
  printf '%s\n' "$1" >"$releases/lock/release"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf -- '$releases/lock'" EXIT
}

# there_mark RELEASE STATE
there_mark() {
  printf '%s\n' "$2" >"$releases/$1/state.new"
  mv -f -- "$releases/$1/state.new" "$releases/$1/state"
}

# there_switch RELEASE SECONDS: canaries first, then all of it; 1 where that did not
# become healthy and the former one runs again, 7 where that does not.
there_switch() {
  local at=$releases/$1
  there_lock "$1" 600 || return 6
  there_try_canaries "$1" "$2" || {
    there_mark "$1" refused
    return 1
  }
  there_mark "$1" switching
  if there_take "$1" && there_wait "$2" $(<"$at/services"); then
    there_mark "$1" healthy
    printf '%s\n' "$1" >"$releases/current.new"
    mv -f -- "$releases/current.new" "$releases/current"
    there_keep_images "$1"
    return 0
  fi
  there_put_back "$1" "$2"
}

# there_put_back RELEASE SECONDS: it was not good, or is not wanted: the one before it.
there_put_back() {
  local before
  before=$(there_word "$releases/$1/before")
  there_await_docker
  if [[ -z $before ]]; then
    printf 'nothing ran before: what was started is stopped; its data stays\n'
    there_compose -f "$releases/$1/compose.yml" down || return 7
    rm -f -- "$releases/current"
    there_mark "$1" back
    return 1
  fi
  printf 'back to %s\n' "$before"
  if there_take "$before" "$1" && there_wait "$2" $(<"$releases/$before/services"); then
    there_mark "$1" back
    printf '%s\n' "$before" >"$releases/current.new"
    mv -f -- "$releases/current.new" "$releases/current"
    return 1
  fi
  there_mark "$1" broken
  printf '%s does not become healthy again\n' "$before"
  return 7
}

# there_back RELEASE SECONDS: undo a switch to it, if it has happened, or half of it.
there_back() {
  local state
  there_lock "$1" "$(($2 + 600))" || return 6
  state=$(there_word "$releases/$1/state")
  [[ $state == switching || $(there_word "$releases/current") == "$1" ]] || return 0
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
# by another release, has do not.
there_take() {
  local at=$releases/$1 from=${2:-$(there_word "$releases/current")} service ids
  # shellcheck disable=SC2046 # names of services
  there_compose -f "$at/compose.yml" up -d $(<"$at/services") || return 1
  [[ -n $from && -s $releases/$from/services ]] || return 0
  while IFS= read -r service; do
    ! grep -qxF -- "$service" "$at/services" || continue
    ids=$(there_containers "$service")
    # shellcheck disable=SC2086 # ids
    [[ -z $ids ]] || docker rm -f $ids >/dev/null || return 1
  done <"$releases/$from/services"
}

# there_try_canaries RELEASE SECONDS: each beside the one that runs, without its ports and
# names: it gets no traffic.
there_try_canaries() {
  local service name said status=0
  while IFS= read -r service; do
    name=$project-canary-$service
    docker rm -f "$name" >/dev/null 2>&1 || :
    said=$(there_compose -f "$releases/$1/compose.yml" run -d --no-deps --name "$name" "$service" 2>&1) || {
      printf '%s cannot be tried beside the one that runs: %s\n' "$service" "${said##*$'\n'}"
      status=1
    }
    ((status != 0)) || there_verdict "$2" "$name" "$service, tried beside the one that runs," || status=1
    docker rm -f -v "$name" >/dev/null 2>&1 || :
    ((status == 0)) || return 1
    printf '%s: a canary is healthy\n' "$service"
  done <"$releases/$1/canaries"
}

# there_wait SECONDS SERVICE...: until all are healthy.
there_wait() {
  local limit=$1 service ids id
  shift
  for service in "$@"; do
    ids=$(there_containers "$service") || return 1
    [[ -n $ids ]] || {
      printf '%s has no container\n' "$service"
      return 1
    }
    for id in $ids; do
      there_verdict "$limit" "$id" "$service" || return 1
    done
  done
}

# there_verdict SECONDS CONTAINER NAME: healthy, or ended with 0 as one-shot services do.
# One without a check has to live for three seconds.
there_verdict() {
  local began=$SECONDS state steady=''
  while :; do
    state=$(there_state "$2")
    case $state in
      running/healthy/* | exited/*/0/0) return 0 ;;
      running/none/*)
        [[ $steady == "$state" ]] || began=$SECONDS
        steady=$state
        ((SECONDS - began < 3)) || return 0
        ;;
      running/starting/* | created/* | restarting/*/*/[0-2]) ;;
      *) break ;;
    esac
    ((SECONDS - began < $1)) || break
    sleep 0.2
  done
  printf '%s is %s after %d s; it said last:\n' "$3" "${state%/*/*}" "$((SECONDS - began))"
  there_say_logs "$2"
  return 1
}

there_say_logs() {
  docker logs --tail 20 "$1" 2>&1 | sed 's/^/  | /'
}

# there_releases: print a line for each, the oldest first: its name, its state, how many
# of its images are gone, its tag, what is known of it.
there_releases() {
  local at gone tag name
  for at in "$releases"/[0-9]*/; do
    [[ -d $at ]] || continue
    at=${at%/}
    gone=0
    while IFS= read -r name; do
      docker image inspect "$name" >/dev/null 2>&1 || gone=$((gone + 1))
    done < <(sed -n 's/^    image: *//p' "$at/compose.yml" | tr -d "\"'")
    tag=$(there_word "$at/tag")
    printf '%s\t%s\t%s\t%s\t%s\n' "${at##*/}" "$(there_word "$at/state")" "$gone" "${tag:--}" "$(tr '\n' '\t' <"$at/about")"
  done
}

# there_show RELEASE: print the files that a new release of the same is made of, as a tar.
there_show() {
  tar -cf - -C "$releases/$1" compose.yml services canaries about
}

# there_http SECONDS METHOD ADDRESS: ask, with standard input as its body; print the body,
# then a line with the status.
there_http() {
  command -v curl >/dev/null || { printf 'curl is not installed there\n' >&2 && return 3; }
  if [[ $2 == GET ]]; then
    curl -sS -m "$1" -w '\n%{http_code}\n' -- "$3"
  else
    curl -sS -m "$1" -w '\n%{http_code}\n' -X "$2" -H 'Content-Type: application/json' --data-binary @- -- "$3"
  fi
}

# there_disk: print how full the disk of the folder and the memory are, in per cent.
there_disk() {
  printf 'disk %s\n' "$(df -Pk . | awk 'NR == 2 && match($0, /[0-9]+%/) { print substr($0, RSTART, RLENGTH - 1) }')"
  [[ ! -r /proc/meminfo ]] ||
    awk '/^MemTotal:/ { all = $2 } /^MemAvailable:/ { free = $2 } END { if (all) printf "memory %d\n", 100 - 100 * free / all }' /proc/meminfo
}

# there_logs SERVICE
there_logs() {
  local id
  for id in $(there_containers "$1"); do
    docker logs --tail 20 "$id" 2>&1
  done
}

# there_published SERVICE PORT: print the address that its port is published at.
there_published() {
  local id address
  id=$(there_containers "$1")
  [[ -n $id ]] || return 1
  address=$(docker port "${id%%$'\n'*}" "$2/tcp") || return 1
  address=${address%%$'\n'*}
  [[ -n $address ]] || return 1
  printf '%s' "${address/0.0.0.0/127.0.0.1}"
}

# there_sql SERVICE USER DATABASE SECONDS: the SQL of standard input.
there_sql() {
  local id
  id=$(there_containers "$1")
  [[ -n $id ]] || { printf 'the service %s has no container\n' "$1" >&2 && return 1; }
  # shellcheck disable=SC2016 # in the container
  docker exec -i -e "PGOPTIONS=-c statement_timeout=${4}s" "${id%%$'\n'*}" \
    sh -c 'PGPASSWORD=${POSTGRES_PASSWORD:-} exec psql -X -q -At -v ON_ERROR_STOP=1 -U "$0" -d "$1" -f -' "$2" "$3"
}

# there_certificate HOST:PORT DAYS SECONDS: print until when it is good; 1 where that is sooner.
there_certificate() {
  local text
  command -v openssl >/dev/null || { printf 'openssl is not installed there\n' && return 1; }
  text=$(timeout "$3" openssl s_client -connect "$1" -servername "${1%:*}" </dev/null 2>/dev/null | openssl x509 2>/dev/null) || :
  [[ -n $text ]] || { printf 'it shows no certificate\n' && return 1; }
  printf 'good until %s' "$(openssl x509 -noout -enddate <<<"$text" | cut -d = -f 2)"
  openssl x509 -noout -checkend "$(($2 * 86400))" <<<"$text" >/dev/null
}

# there_note RELEASE NAME TEXT: a file beside it.
there_note() {
  printf '%s\n' "$3" >"$releases/$1/$2.new"
  mv -f -- "$releases/$1/$2.new" "$releases/$1/$2"
}

# there_keep_images RELEASE: a name of our own for each, so that no prune removes them.
there_keep_images() {
  local id number=0
  while IFS= read -r id; do
    number=$((number + 1))
    docker tag "$id" "lockstep/$project:$1-$number" 2>/dev/null || :
  done < <(sed -n 's/^    image: *//p' "$releases/$1/compose.yml" | tr -d "\"'" | LC_ALL=C sort -u)
}

# there_forget KEEP: releases that never ran well, and the oldest of the others.
there_forget() {
  local at name state current kept=0 image
  current=$(there_word "$releases/current")
  for at in $(printf '%s\n' "$releases"/[0-9]* | LC_ALL=C sort -r); do
    name=${at##*/}
    state=$(there_word "$at/state")
    [[ $name != "$current" && $state != switching ]] || continue
    if [[ $state == healthy ]]; then
      kept=$((kept + 1))
      ((kept >= $1)) || continue
    elif [[ $name > $current ]]; then
      continue
    fi
    for image in $(docker images -q --filter "reference=lockstep/$project:$name-*" --format '{{.Repository}}:{{.Tag}}'); do
      docker rmi "$image" >/dev/null 2>&1 || :
    done
    rm -rf -- "$at"
  done
}
