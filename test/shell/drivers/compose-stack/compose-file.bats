#!/usr/bin/env bats
load ../../helper

# What `compose config` prints: 1.29.2 as it was recorded here, 2 as its documentation
# and its own tests show it.

one='services:
  db:
    image: postgres:15
    ports:
    - published: 15432
      target: 5432
    volumes:
    - db:/var/lib/postgresql/data:rw
  web:
    build:
      context: /srv/pa/web
    environment:
      A: x$$y
      B: "image: not:this"
    image: app:1
    ports:
    - published: 8080
      target: 8080
    - 127.0.0.1:9000:9000/udp
    - '"'"'7000'"'"'
    volumes:
    - /srv/pa/data:/data:ro
    - read_only: true
      source: /srv/pa/more
      target: /more
      type: bind
version: '"'"'3.8'"'"'
volumes:
  db: {}'

two='name: pa
services:
  db:
    image: postgres:15
    networks:
      default: null
    ports:
      - mode: ingress
        target: 5432
        published: "15432"
        protocol: tcp
    volumes:
      - type: volume
        source: db
        target: /var/lib/postgresql/data
        volume: {}
  web:
    build:
      context: /srv/pa/web
      dockerfile: Dockerfile
    environment:
      A: x$$y
      B: "image: not:this"
    image: app:1
    networks:
      default: null
    ports:
      - mode: ingress
        target: 8080
        published: "8080"
        protocol: tcp
      - mode: ingress
        host_ip: 127.0.0.1
        target: 9000
        published: "9000"
        protocol: udp
      - mode: ingress
        target: 7000
        protocol: tcp
    volumes:
      - type: bind
        source: /srv/pa/data
        target: /data
        read_only: true
        bind:
          create_host_path: true
      - type: bind
        source: /srv/pa/more
        target: /more
        read_only: true
networks:
  default:
    name: pa_default
volumes:
  db:
    name: pa_db'

facts='build web
holds db
image db postgres:15
image web app:1
port db 15432
port web 8080
port web 9000
service db
service web'

@test "services, images, ports and who writes to a volume, of either version" {
  for file in "$one" "$two"; do
    is "$(in_lib 'compose_facts <<<"$1"' "$file" | LC_ALL=C sort)" "$facts"
  done
}

@test "images by their ids and ports with an offset, and nothing else" {
  printf 'web sha256:11\ndb sha256:22\n' >images
  for file in "$one" "$two"; do
    in_lib 'compose_pinned images 10000 <<<"$1"' "$file" >pinned
    is "$(in_lib 'compose_facts <pinned' | LC_ALL=C sort)" 'holds db
image db sha256:22
image web sha256:11
port db 25432
port web 18080
port web 19000
service db
service web'
    diff <(printf '%s\n' "$file") pinned | grep '^[<>]' | sed 's/^[<>] *//; s/^- //' | LC_ALL=C sort >changed
    is "$(grep -vE '^(image|published|127|build|context|dockerfile|"?published)' changed || :)" ''
    is "$(in_lib 'compose_pinned /dev/null 0 <<<"$1" | compose_facts' "$file" | LC_ALL=C sort)" "$(grep -v '^build' <<<"$facts")"
  done
}

@test "variables of each service are named, and none of their values" {
  for file in "$one" "$two"; do
    is "$(in_lib 'compose_variables <<<"$1"' "$file")" 'web.A
web.B'
  done
}

@test "what a host need not have is left out of the files that go there" {
  is "$(in_lib 'compose_without_builds' <<<'services:
  web:
    build:
      context: ./web

      args: {A: b}
    image: app:1
  api:
    build: ./api
    image: api:1')" 'services:
  web:
    image: app:1
  api:
    image: api:1'
}
