# shellcheck shell=bash
# What `compose config` prints, of either version: YAML in one shape, two blanks for
# each level, without anchors or variables.

# compose_facts: of standard input; print lines of a word, a service and a value:
#   service S; image S NAME; build S; holds S (a volume or folder that it writes to);
#   alone S (no second one can stand beside it, for its network);
#   port S PORT (as it is published)
compose_facts() {
  LC_ALL=C awk '
    function bare(text) { gsub(/^["\047]|["\047]$/, "", text); return text }
    function flush() { if (mount && !only) print "holds", service; mount = only = 0 }
    /^[^ #-]/ { flush(); top = $1; next }
    top != "services:" { next }
    /^  [^ -]/ {
      flush()
      service = bare(substr($1, 1, length($1) - 1))
      key = ""
      print "service", service
      next
    }
    /^    [^ -]/ {
      flush()
      key = $1
      value = bare(substr($0, index($0, ":") + 2))
      if (key == "image:") print "image", service, value
      if (key == "build:") print "build", service
      if (key == "network_mode:") print "alone", service
      next
    }
    key == "networks:" && / ipv[46]_address: / { print "alone", service }
    key == "volumes:" {
      if (/^ *- /) { flush(); mount = 1 }
      if (/:ro["\047]?$/ || / read_only: true$/) only = 1
    }
    key == "ports:" && / published: / { print "port", service, bare($NF) }
    key == "ports:" && /^ *- ["\047]?[0-9.:\[\]]+(\/[a-z]+)?["\047]?$/ {
      sub(/^ *- /, "")
      sub(/\/[a-z]+/, "")
      n = split(bare($0), part, ":")
      if (n > 1) print "port", service, part[n - 1]
    }
    END { flush() }'
}

# compose_pinned IMAGES OFFSET: standard input with the images by their ids, without what
# builds them, and OFFSET added to the published ports. IMAGES has lines of a service
# and an id.
compose_pinned() {
  LC_ALL=C awk -v images="$1" -v offset="$2" '
    function shifted(text, n, part, i, out) {
      n = split(text, part, ":")
      if (n < 2) return text
      part[n - 1] += offset
      for (i = 1; i <= n; i++) out = out (i > 1 ? ":" : "") part[i]
      return out
    }
    BEGIN { while ((getline line < images) > 0) { split(line, pair, " "); id[pair[1]] = pair[2] } }
    /^[^ #-]/ { top = $1; key = "" }
    top == "services:" && /^    [^ -]/ { key = $1 }
    top == "services:" && /^  [^ -]/ { key = ""; service = $1; gsub(/["\047:]/, "", service) }
    key == "build:" || key == "pull_policy:" { next }
    top == "services:" && key == "image:" && /^    image: / {
      if (service in id && id[service] != "-") print "    image: " id[service]
      else print
      next
    }
    offset > 0 && key == "ports:" && / published: / {
      match($0, /[0-9]+/)
      print substr($0, 1, RSTART - 1) substr($0, RSTART, RLENGTH) + offset substr($0, RSTART + RLENGTH)
      next
    }
    offset > 0 && key == "ports:" && /^ *- ["\047]?[0-9.:\[\]]+(\/[a-z]+)?["\047]?$/ {
      match($0, /[0-9.:\[\]]+/)
      print substr($0, 1, RSTART - 1) shifted(substr($0, RSTART, RLENGTH)) substr($0, RSTART + RLENGTH)
      next
    }
    { print }'
}

# compose_without_builds: a compose file as people write it, without its build sections:
# what they name need not be on a host.
compose_without_builds() {
  LC_ALL=C awk '
    inside { match($0, /^ */); if (RLENGTH > depth || /^ *$/) next; inside = 0 }
    /^ +build:/ { match($0, /^ */); depth = RLENGTH; inside = 1; next }
    { print }'
}

# compose_variables: of standard input; print SERVICE.VARIABLE of each environment.
compose_variables() {
  LC_ALL=C awk '
    /^[^ #-]/ { top = $1 }
    top != "services:" { next }
    /^  [^ -]/ { service = $1; gsub(/["\047:]/, "", service); key = ""; next }
    /^    [^ -]/ { key = $1; next }
    key == "environment:" && /^      [^ ]/ { sub(/^ *(- )?/, ""); sub(/[:=].*/, ""); print service "." $0 }' | LC_ALL=C sort -u
}

# compose_settings: of standard input; print what each service is set to but its image:
# SERVICE.KEY, or SERVICE.VARIABLE, then a tab and all that belongs to it in one line.
compose_settings() {
  LC_ALL=C awk '
    function flush() { if (name != "") print name "\t" text; name = text = "" }
    /^[^ #-]/ { flush(); top = $1; next }
    top != "services:" { next }
    /^  [^ -]/ { flush(); service = $1; gsub(/["\047:]/, "", service); next }
    /^    [^ -]/ {
      flush()
      key = $1
      if (key != "image:" && key != "environment:") { name = service "." substr(key, 1, length(key) - 1); text = $0 }
      next
    }
    key == "environment:" && /^      [^ ]/ {
      flush()
      name = $0
      sub(/^ *(- )?/, "", name)
      sub(/[:=].*/, "", name)
      name = service "." name
    }
    { gsub(/\t/, " "); text = text "\037" $0 }
    END { flush() }'
}
