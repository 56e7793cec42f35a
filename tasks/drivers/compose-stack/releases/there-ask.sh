# shellcheck shell=bash
# shellcheck disable=SC2154 # folder, project and releases are said by the caller
# What is asked of a stack, on its host.

# there_http SECONDS METHOD ADDRESS: ask, with standard input as its body; print the body,
# then a line with the status.
there_http() {
  command -v curl >/dev/null || {
    printf 'curl is not installed there\n' >&2
    return 3
  }
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
  docker exec -i -e "PGOPTIONS=-c statement_timeout=${4}s -c default_transaction_read_only=on" "${id%%$'\n'*}" \
    sh -c 'word=${PGPASSWORD-${POSTGRES_PASSWORD-}}
      export "PGPASS""WORD=$word"
      exec psql -X -q -At -v ON_ERROR_STOP=1 -U "$0" -d "$1" -f -' "$2" "$3"
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
