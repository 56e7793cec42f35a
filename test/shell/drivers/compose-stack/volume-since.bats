#!/usr/bin/env bats
load ../../helper
source "$project/test/fixtures/docker.sh"
source "$project/test/fixtures/stack.sh"

# Exports of a volume since the last whole one, taken in by another stack.

setup_file() {
  missing=$(docker_missing)
  [[ -z $missing || ${CI:-} == true ]] || skip "no stack in containers is tried: $missing"
  [[ -z $missing ]]
  daemon=$(mktemp -d)
  export daemon made=$BATS_FILE_TMPDIR/made
  start_docker "$daemon"
  busybox_image lockstep-test/busybox:1
}

teardown_file() {
  [[ -z ${daemon:-} ]] || stop_docker "$daemon"
}

# of_stack NAME CODE: with the volume of the project NAME.
of_stack() {
  with_stack "stack_part uploads kind volume volume uploads image lockstep-test/busybox:1 ${stop:+stop true}; target=demo; project=$1" "$2"
}

# in_volume NAME SCRIPT
in_volume() {
  docker run --rm -i -v "$1_uploads:/volume" -w /volume lockstep-test/busybox:1 sh -c "$2"
}

newest() {
  ls team-sync-exports/team-export-*.tar* | sort | tail -n 1
}

manifest() {
  zstd -dqc "$(newest)" | tar -xOf - --wildcards '*/manifest.json' | jq -c "$1"
}

# listing NAME: what is in it: kinds, modes, owners, times of files, content.
listing() {
  in_volume "$1" 'find . | sort | while IFS= read -r path; do stat -c "%n %A %h %u:%g %N" "$path"; done
    find . -type f -exec stat -c "%n %Y" {} + | sort; find . -type f -exec sha256sum {} + | sort'
}

since() {
  of_stack here "since=last; $stack_export"
}

taken_in() {
  of_stack there "$stack_import"
  is "$(listing there)" "$(listing here)"
}

@test "of a volume only the files that changed are in the archive, and all of it is after the import" {
  local name
  export stop=true
  for name in here there; do
    docker volume create --label "com.docker.compose.project=$name" --label com.docker.compose.volume=uploads "${name}_uploads" >/dev/null
  done
  in_volume there 'echo theirs >mine'
  in_volume here 'mkdir -p "a b/-n" sub turns && head -c 3000000 /dev/urandom >large && head -c 1500000 /dev/urandom >"a b/-n/it'"'"'s end " &&
    ln -s "a b" link && echo once >once && ln once "sub/twice" && echo f >turns/f && echo was >was && echo gone >gone && ln gone gone2 && touch -d "2020-01-02 03:04:05" large &&
    chown 1000:1001 large && chmod 600 large && : >.hidden && chmod 1777 . && mkfifo pipe'
  of_stack here "$stack_export"
  # Files that have two names are in each tar.
  since
  is "$(manifest .parts.uploads.from_base)" 5
  taken_in
  in_volume here 'rm -r turns && echo file >turns && rm was && mkdir was && echo in >was/in && rm gone gone2 && echo gone >gone && rm "sub/twice" &&
    chmod 640 .hidden && rm link && ln -s sub link && mkdir empty && head -c 2000 /dev/urandom >"new  name" && chmod 711 sub'
  since
  is "$(manifest .parts.uploads.from_base)" 2
  [[ $(wc -c <"$(newest)") -lt 40000 ]]
  taken_in
  rm -r team-sync-exports .insightpulse/state
  of_stack here "$stack_export"
  since
  is "$(manifest '[.members[] | select(.base) | .path]')" '["uploads.tar"]'
  [[ $(wc -c <"$(newest)") -lt 4096 ]]
  taken_in
  in_volume here 'chmod 755 empty && mv empty other'
  since
  is "$(manifest '[.parts.uploads.from_base, (.members | map(select(.base)) | length)]')" '[8,0]'
  taken_in
  in_volume here ': >"back\slash"'
  run since
  has "$output" 'uploads is whole: the name of a file in it has a newline or a backslash'
  is "$(manifest .base)" null
}
