# shellcheck shell=bash
# shellcheck disable=SC2154 # folder, project and releases are said by the caller
# Is what was started healthy? As the host finds out by itself.

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
    ((status != 0)) || there_verdict "$2" "$name" "$service, tried beside the one that runs," canary || status=1
    docker rm -f -v "$name" >/dev/null 2>&1 || :
    ((status == 0)) || return 1
    printf '%s: a canary is healthy\n' "$service"
  done <"$releases/$1/canaries"
}

# there_wait SECONDS FILE: until all services of FILE are healthy.
there_wait() {
  local service ids id
  while IFS= read -r service; do
    ids=$(there_containers "$service") || return 1
    [[ -n $ids ]] || {
      printf '%s has no container\n' "$service"
      return 1
    }
    for id in $ids; do
      there_verdict "$1" "$id" "$service" || return 1
    done
  done <"$2"
}

# there_verdict SECONDS CONTAINER NAME [canary]: healthy, or ended with 0 as one-shot services do.
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
      # What it needs may be on its way yet.
      running/unhealthy/*) [[ ${4:-} != canary ]] || break ;;
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
