# shellcheck shell=bash
# shellcheck disable=SC2154 # folder, project, env_file and releases are said by the caller
# What runs on the host of an environment, in its folder. These functions are sent
# there: they rest on each other, bash and docker alone. A release is a folder below
# releases/: the compose file with every variable filled in and every image by its id,
# so that it can run again as it did, whatever became of tags and files.
#   compose.yml   what runs       services   its services, a line each
#   canaries      those that are tried first  about  who made it, when, of what
#   before        the release that ran then   state  new, switching, healthy, refused, back or broken
#   kept          where its data comes with it: the services that go on meanwhile
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
# shellcheck disable=SC2120 # given in the other files
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
    command -v docker-compose >/dev/null || {
      printf 'neither docker compose nor docker-compose is installed there\n' >&2
      return 3
    }
    printf 'compose 1\n'
  fi
  printf 'current %s\n' "$(there_word "$releases/current")"
  # shellcheck disable=SC2119
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
    tar -xof - -C "$at" || status=$?
  fi
  for name in "$@"; do
    words+=(-f "${at:+$at/}$name")
  done
  if [[ -f $env_file ]]; then
    words=(--env-file "$env_file" "${words[@]}")
  elif [[ $env_file != .env ]]; then
    # Else compose would take .env, which may be that of production.
    printf '%s is not there\n' "$env_file" >&2
    status=3
  fi
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

# there_releases: print a line for each, the oldest first: its name, its state, how many
# of its images are gone, its tag, the one before it, what is known of it.
there_releases() {
  local at gone tag before name
  for at in "$releases"/[0-9]*/; do
    [[ -d $at ]] || continue
    at=${at%/}
    gone=0
    while IFS= read -r name; do
      docker image inspect "$name" >/dev/null 2>&1 || gone=$((gone + 1))
    done < <(sed -n 's/^    image: *//p' "$at/compose.yml" | tr -d "\"'")
    tag=$(there_word "$at/tag")
    before=$(there_word "$at/before")
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "${at##*/}" "$(there_word "$at/state")" "$gone" "${tag:--}" "${before:--}" "$(tr '\n' '\t' <"$at/about")"
  done
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
    for image in $(docker images --filter "reference=lockstep/$project:$name-*" --format '{{.Repository}}:{{.Tag}}'); do
      docker rmi "$image" >/dev/null 2>&1 || :
    done
    rm -rf -- "$at"
  done
}

# there_note RELEASE NAME TEXT: a file beside it.
there_note() {
  printf '%s\n' "$3" >"$releases/$1/$2.new"
  mv -f -- "$releases/$1/$2.new" "$releases/$1/$2"
}

# there_show RELEASE: print the files that a new release of the same is made of, as a tar.
there_show() {
  tar -cf - -C "$releases/$1" compose.yml services canaries about
}

# there_read_env: print the file of its variables.
there_read_env() {
  cat -- "$env_file"
}

# there_env_state: print none, edited (by a person, since we wrote it) or ours.
there_env_state() {
  if [[ ! -e $env_file ]]; then
    printf 'none'
  elif grep -qxF -- "$(cksum <"$env_file")" "$releases/env_file" 2>/dev/null; then
    printf 'ours'
  else
    printf 'edited'
  fi
}

# there_write_env CKSUM: standard input, all of it, becomes that file; the former one is
# kept beside it.
there_write_env() {
  umask 077
  mkdir -p -- "$releases"
  printf '*\n' >"$releases/.gitignore"
  cat >"$env_file.new"
  [[ $(cksum <"$env_file.new") == "$1" ]] || {
    printf 'it came in part only\n' >&2
    return 1
  }
  # Both, should nobody come to the end of this.
  {
    [[ ! -e $env_file ]] || cksum <"$env_file"
    printf '%s\n' "$1"
  } >"$releases/env_file"
  [[ ! -e $env_file ]] || cp -p -- "$env_file" "$env_file.before"
  mv -f -- "$env_file.new" "$env_file"
  printf '%s\n' "$1" >"$releases/env_file"
}

# there_unnote RELEASE NAME
there_unnote() {
  rm -f -- "$releases/$1/$2"
}

# there_mark RELEASE STATE
there_mark() {
  printf '%s\n' "$2" >"$releases/$1/state.new"
  mv -f -- "$releases/$1/state.new" "$releases/$1/state"
}
