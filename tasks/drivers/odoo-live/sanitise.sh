# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What of a configuration of Odoo may be written down: a name is, a value only if
# it is known to be harmless and looks as such a value does. The rest is said to be
# masked, in words that no search for assignments finds.

# odoo_sanitise FOLDER: of the lines of odoo_reader make the three files in
# FOLDER. Fails with a line about what is wrong, which never holds a value.
odoo_sanitise() {
  LC_ALL=C awk -v folder="$1" "$odoo_safe$odoo_lines"'
    function fail(text) {
      if (!failed) print text
      failed = 1
      exit 4
    }
    /^z$/ { whole = 1 }
    /^x missing$/ { fail("there is no odoo.conf") }
    /^x closed$/ { fail("odoo.conf may not be read by this user") }
    /^c / { option_line(substr($0, 3), ++lines) }
    /^d / { dotenv_line(substr($0, 3), ++dotenv_lines) }
    /^e / { text = substr($0, 3); variable(text) }
    END {
      if (failed) exit 4
      if (!whole) fail("the answer was cut off")
      if (open_quote != "") fail(".env: a quotation mark is not closed")
      if (lines == 0 || !("options" in sections)) fail("odoo.conf has no section [options]")
      put("ADDONS_PATH.prod.txt", addons())
      put("DB_CONFIG.prod.txt", options())
      put("ENV_VARS.prod.txt", sorted(variables, variable_count))
    }
    function put(name, text) {
      printf "%s%s", head, text >(folder "/" name)
      if (close(folder "/" name) != 0) fail("cannot be written")
    }'
}

# The values that may be shown, and how they look.
# shellcheck disable=SC2016 # a program of awk
odoo_safe='
  BEGIN {
    head = "# Of the live Odoo, without its secrets. A pull overwrites this file.\n"
    bool = "^([Tt]rue|[Ff]alse|[01])$"
    number = "^[0-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?$"
    split("workers max_cron_threads limit_memory_hard limit_memory_soft limit_memory_hard_gevent limit_memory_soft_gevent limit_request limit_time_cpu limit_time_real limit_time_real_cron http_port gevent_port db_maxconn db_maxconn_gevent", names, " ")
    for (i in names) safe[names[i]] = number
    split("proxy_mode list_db unaccent http_enable", names, " ")
    for (i in names) safe[names[i]] = bool
    safe["without_demo"] = "^([Tt]rue|[Ff]alse|all|[01])$"
    safe["log_level"] = "^(info|debug_rpc|warn|test|critical|runbot|debug_sql|error|debug|debug_rpc_answer|notset)$"
    safe["server_wide_modules"] = "^[a-z][a-z0-9_]*( *, *[a-z][a-z0-9_]*)*$"
    safe["db_template"] = "^template[01]$"
    safe["db_sslmode"] = "^(disable|allow|prefer|require|verify-ca|verify-full)$"
    safe_variable["TZ"] = "^(UTC|[A-Z][a-z]+/[A-Z][A-Za-z_]+)$"
    safe_variable["LANG"] = safe_variable["LC_ALL"] = "^(C|POSIX|[a-z][a-z](_[A-Z][A-Z])?)([.][A-Za-z0-9-]+)?$"
    safe_variable["ODOO_VERSION"] = "^[0-9]+[.][0-9]([.][0-9]+)?$"
    safe_variable["ODOO_RC"] = "^(/[a-z._-]+)+$"
    safe_variable["PYTHONUNBUFFERED"] = "^[01]$"
    safe_variable["PGSSLMODE"] = safe["db_sslmode"]
    safe_variable["PGPORT"] = safe_variable["PORT"] = number
    former["xmlrpc_port"] = "http_port"
    former["xmlrpc"] = "http_enable"
    former["xmlrpc_interface"] = "http_interface"
    former["longpolling_port"] = "gevent_port"
    former["osv_memory_age_limit"] = "transient_age_limit"
  }
  function shown(name, text, pattern) {
    if (pattern != "" && length(text) <= 200 && text ~ pattern) return name " = " text "\n"
    if (text ~ /^([Ff]alse|[Nn]one)?$/) return name " (not set)\n"
    return name " (masked)\n"
  }
  function sorted(list, count, i, j, each, text) {
    for (i = 2; i <= count; i++) {
      each = list[i]
      for (j = i - 1; j > 0 && list[j] > each; j--) list[j + 1] = list[j]
      list[j + 1] = each
    }
    text = ""
    for (i = 1; i <= count; i++) text = text list[i]
    return text
  }
'

# How the lines are read: odoo.conf as RawConfigParser of Python does, .env as
# usual. What neither would read ends the run, for it may be part of a key.
# shellcheck disable=SC2016 # a program of awk
odoo_lines='
  function trimmed(text) {
    gsub(/^[ \t\r\f\v]+|[ \t\r\f\v]+$/, "", text)
    return text
  }
  function option_line(line, number, name, place) {
    if (line ~ /^[ \t\r]*([#;]|$)/) return
    if (line ~ /^[ \t]/ && current != "") {
      value[current] = value[current] "\n" trimmed(line)
      return
    }
    line = trimmed(line)
    if (match(line, /^\[[^\]]+\]/)) {
      section = substr(line, 2, RLENGTH - 2)
      if (section in sections) fail("odoo.conf:" number ": a section stands there twice")
      sections[section] = ++section_count
      section_names[section_count] = section
      current = ""
      return
    }
    place = match(line, /[=:]/)
    name = tolower(trimmed(substr(line, 1, place - 1)))
    if (place < 2 || section == "" || name == "") fail("odoo.conf:" number ": neither a section nor an option; Odoo would not read it")
    if (section == "options" && name in former) name = former[name]
    current = section SUBSEP name
    if (current in value) fail("odoo.conf:" number ": an option stands there twice")
    value[current] = trimmed(substr(line, place + 1))
    order[++option_count] = current
  }
  function options(i, n, part, list, count, name, text) {
    for (n = 1; n <= section_count; n++) {
      count = 0
      for (i = 1; i <= option_count; i++) {
        split(order[i], part, SUBSEP)
        name = part[2]
        if (part[1] != section_names[n] || (part[1] == "options" && name == "addons_path")) continue
        if (name !~ /^[a-z][a-z0-9_.-]*$/ || length(name) > 60) list[++count] = "(an option, masked)\n"
        else list[++count] = shown(toupper(name), value[order[i]], part[1] == "options" ? safe[name] : "")
      }
      name = section_names[n]
      if (name !~ /^[a-z][a-z0-9_. -]*$/ || length(name) > 60) name = "a section, masked"
      text = text "\n[" name "]\n" sorted(list, count)
    }
    return text
  }
  function addons(i, n, part, path, text) {
    n = split(value["options" SUBSEP "addons_path"], part, /[,\n]/)
    for (i = 1; i <= n; i++) {
      path = trimmed(part[i])
      if (path == "" || path ~ /^([Ff]alse|[Nn]one)$/) continue
      sub(/^\/(home|Users)\/[^\/]+/, "~", path)
      sub(/^\/root(\/|$)/, "~/", path)
      text = text (path ~ /^[A-Za-z0-9_.\/~$][A-Za-z0-9_.\/+$-]*$/ ? path : "(a path, masked)") "\n"
    }
    return text == "" ? "(the folders that Odoo has by itself)\n" : text
  }
  function variable(text, name, place) {
    place = index(text, "=")
    name = substr(text, 1, place - 1)
    if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || length(name) > 60) return
    if (name ~ /^(_|PWD|OLDPWD|SHLVL)$/) return
    variables[++variable_count] = shown(name, substr(text, place + 1), safe_variable[name])
  }
  function dotenv_line(line, number, quote, text) {
    if (open_quote != "") {
      if (index(line, open_quote)) open_quote = ""
      return
    }
    line = trimmed(line)
    if (line ~ /^(#|$)/) return
    sub(/^export[ \t]+/, "", line)
    if (line !~ /^[A-Za-z_][A-Za-z0-9_]*[ \t]*=/) fail(".env:" number ": not NAME=VALUE")
    text = trimmed(substr(line, index(line, "=") + 1))
    quote = substr(text, 1, 1)
    if (quote == "\"" || quote == "\047") {
      text = substr(text, 2)
      if (index(text, quote)) text = substr(text, 1, index(text, quote) - 1)
      else open_quote = quote
    }
    variable(trimmed(substr(line, 1, index(line, "=") - 1)) "=" (open_quote == "" ? text : "(several lines)"))
  }
'
