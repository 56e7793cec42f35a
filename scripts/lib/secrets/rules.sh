# shellcheck shell=bash
# shellcheck disable=SC2016 # the dollars are awk's
# What a secret looks like: judges the lines that grep found, in awk.
#
# A shape is a secret by its form alone. A named value is one that is assigned
# to a name (the caller decides which names), and is a secret when it is a
# literal of 8 characters or more (a password: 6) with no space in it, is no
# placeholder, no reference and no format, is not made of words (letters, with
# digits at the end: access_key_v2), and has at least 2.5 bits of entropy a
# character, 3 from 16 characters on. A password may also be one word with
# digits at its end. Where a user listed names, any other value that is no
# placeholder is reported as listed: a secret only of these very names.
# test/fixtures/secrets shows what is found and what is not.
# Plain awk: mawk has no {n,m}, busybox no NUL and perhaps no log.

# judge_lines: standard input has ./FILE:LINE:TEXT, or LINE:TEXT of the file in
# the variable judged_file. Prints LINE, rule, name (- for a shape), value, FILE
# with tabs between. A line that begins with ! goes through.
judge_lines() {
  LC_ALL=C awk '
    function shape(rule, regex, least, most) {
      shapes++
      shape_rule[shapes] = rule
      shape_regex[shapes] = regex
      shape_least[shapes] = least
      shape_most[shapes] = most
    }

    BEGIN {
      shape("github", "gh[oprsu]_[A-Za-z0-9]+", 40)
      shape("github", "github_pat_[A-Za-z0-9_]+", 50)
      shape("gitlab", "glpat-[A-Za-z0-9_.-]+", 26)
      shape("aws", "A[KS]IA[A-Z0-9]+", 20, 20)
      shape("slack", "xox[abeoprs]-[A-Za-z0-9-]+", 24)
      shape("slack", "xapp-[0-9]-[A-Za-z0-9-]+", 30)
      shape("slack", "hooks[.]slack[.]com/[a-z]+/[A-Za-z0-9_/-]+", 60)
      shape("notion", "secre" "t_[A-Za-z0-9]+", 50, 50)
      shape("notion", "ntn_[A-Za-z0-9]+", 40)
      shape("digitalocean", "do[opr]_v1_[a-f0-9]+", 71, 71)
      shape("google", "AIza[A-Za-z0-9_-]+", 39, 39)
      shape("google", "ya29[.][A-Za-z0-9_-]+", 30)
      shape("stripe", "[rs]k_(live|test)_[A-Za-z0-9]+", 24)
      shape("openai", "sk-(proj|svcacct|admin)-[A-Za-z0-9_-]+", 48)
      shape("openai", "sk-[A-Za-z0-9]+T3BlbkFJ[A-Za-z0-9]+", 48)
      shape("anthropic", "sk-ant-[a-z]+[0-9]+-[A-Za-z0-9_-]+", 48)
      shape("npm", "npm_[A-Za-z0-9]+", 40, 40)
      shape("jwt", "eyJ[A-Za-z0-9_-]+[.]eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+", 60)
      window = 8000
      overlap = 2000
    }

    /^!/ { print; next }

    {
      file = ENVIRON["judged_file"]
      text = $0
      if (file == "") {
        match(text, /:[0-9]+:/)
        file = substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + 1)
      }
      match(text, /:/)
      line = substr(text, 1, RSTART - 1)
      text = substr(text, RSTART + 1)
      sub(/\r$/, "", text)
      for (at = 1; ; at += window - overlap) {
        more = at + window <= length(text)
        judge_part(substr(text, at, window))
        if (!more) break
      }
    }

    function judge_part(part) {
      told = ""
      judge_shapes(part)
      judge_urls(part)
      judge_bearers(part)
      if (part ~ /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/) judge_key(part)
      judge_assignments(part)
    }

    # In a window of a long line what touches the end is left to the next one.
    function report(rule, name, value, rest) {
      if (more && rest == "") return
      if (name == "-") told = told "\n" value
      if ((file, line, rule, name, value) in reported) return
      reported[file, line, rule, name, value] = 1
      printf "%s\t%s\t%s\t%s\t%s\n", line, rule, name, value, \
        (ENVIRON["judged_file"] == "" ? file : "")
    }

    function judge_shapes(part,  i, rest, value, before, size) {
      for (i = 1; i <= shapes; i++) {
        rest = part
        before = ""
        while (match(rest, shape_regex[i])) {
          value = substr(rest, RSTART, RLENGTH)
          if (RSTART > 1) before = substr(rest, RSTART - 1, 1)
          rest = substr(rest, RSTART + RLENGTH)
          size = length(value)
          if (size >= shape_least[i] && (!shape_most[i] || size <= shape_most[i]) &&
            before !~ /[A-Za-z0-9]/ && !is_sample(value) &&
            entropy(substr(value, 5)) >= 2.8)
            report(shape_rule[i], "-", value, rest)
          before = substr(value, size)
        }
      }
    }

    # scheme://user:value@host. There a word is a password too.
    function judge_urls(part,  rest, value, user) {
      rest = part
      while (match(rest, /[A-Za-z0-9]:\/\/[^\/@: \t"<>\047]*:[^\/@ \t"<>\047]+@[][A-Za-z0-9_.-]/)) {
        value = substr(rest, RSTART + 4, RLENGTH - 6)
        rest = substr(rest, RSTART + RLENGTH - 1)
        user = value
        sub(/:.*/, "", user)
        value = substr(value, length(user) + 2)
        if (length(value) >= 6 && value != user && !is_sample(value) &&
          !is_stand_in(value) && !is_reference(value) && value !~ /[{}()]/ &&
          entropy(value) >= 2)
          report("url", "-", value, rest)
      }
    }

    # Authorization: Bearer value.
    function judge_bearers(part,  rest, value) {
      rest = part
      while (match(rest, /[Bb]earer [A-Za-z0-9._~+\/-]+=*/)) {
        value = substr(rest, RSTART + 7, RLENGTH - 7)
        rest = substr(rest, RSTART + RLENGTH)
        if (length(value) >= 20 && !is_told(value) && !is_sample(value) &&
          !is_words(value) && entropy(value) >= 3)
          report("bearer", "-", value, rest)
      }
    }

    # The key itself stands in the lines below, or behind \n in the same one.
    function judge_key(part,  rest, body, number, next_line) {
      rest = part
      sub(/.*-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/, "", rest)
      if (rest == part) return
      body = key_line(rest)
      if (body == "" && rest ~ /^[ \t"\047,;+\\nr]*$/) {
        number = 0
        while (number < line + 80 && (getline next_line <file) > 0) {
          number++
          if (number <= line) continue
          sub(/\r$/, "", next_line)
          if (next_line ~ /-----END/) break
          if (next_line ~ /^[^A-Za-z]*[A-Z][A-Za-z-]+: / || next_line ~ /^[ \t#*>]*$/) continue
          next_line = key_line(next_line)
          if (next_line == "") break
          body = body next_line
        }
        close(file)
      }
      if (length(body) >= 40 && entropy(substr(body, 1, 200)) >= 3.5)
        report("private-key", "-", body, "whole")
    }

    function key_line(text) {
      sub(/-----END.*/, "", text)
      gsub(/\\[nr]/, "", text)
      gsub(/^[ \t"\047#*>+]+|[ \t"\047,;+\\]+$/, "", text)
      return text ~ /^[A-Za-z0-9+\/=]+$/ ? text : ""
    }

    function judge_assignments(part,  rest, start, before, sign) {
      rest = part
      while (match(rest, /[=:>]/)) {
        start = RSTART > 120 ? RSTART - 120 : 1
        before = substr(rest, start, RSTART - start)
        rest = substr(rest, RSTART)
        match(rest, /^(=+>?|:=?|>)/)
        sign = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        if (sign == ">" && rest ~ /^=/) continue
        sub(/(\\?["\047])?[]]?[ \t]*$/, "", before)
        if (match(before, /[A-Za-z_][A-Za-z0-9_.-]*$/))
          judge_value(substr(before, RSTART), sign, rest)
      }
    }

    function judge_value(name, sign, rest,  value, literal, caps, size) {
      caps = name !~ /[a-z]/
      # A type: name: str = "value"
      if (sign == ":" && match(rest, /^[ \t]*[A-Za-z_][A-Za-z0-9_.|]*([[][^=]*[]])?[ \t]+=[ \t]*/))
        rest = substr(rest, RLENGTH + 1)
      if (match(rest, /^[ \t]*[[(]?[ \t]*[bBfFrRuU@]?[bBrR]?\\?["\047`]/)) {
        literal = 1
        rest = substr(rest, RLENGTH)
        size = index(substr(rest, 2), substr(rest, 1, 1))
        rest = substr(rest, 2)
        if (!size) size = length(rest) + 1
        value = substr(rest, 1, size - 1)
        rest = substr(rest, size)
        sub(/\\$/, "", value)
      } else {
        literal = sign == "=" && caps && rest !~ /^[ \t]/
        if (!match(rest, /^[ \t]*[^ \t"\047`<>]+/)) return
        value = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        sub(/^[ \t]+/, "", value)
        if (!literal) {
          if (sign != ":" && match(value, /[,;&]/)) {
            rest = substr(value, RSTART) rest
            value = substr(value, 1, RSTART - 1)
          }
          if (rest ~ /^[ \t]+[^ \t#]/ || rest ~ /^["\047`]./) return
          sub(/[],;)}]+$/, "", value)
          if (value ~ /[][(){}?|\\]/ || value ~ /^[!&*>|-]/) return
        } else if (value ~ /^[A-Za-z_.0-9]+[(].*[)]/ || value ~ /^[(]/) return
      }
      size = length(value)
      if (!size || size > 4000 || value ~ /\t/ || is_told(value) || is_reference(value) || is_sample(value)) return
      if (size >= (is_made_by_people(name) ? 6 : 8) && value !~ / / && !is_format(value) &&
        !(size < 20 && is_stand_in(value)) && !is_name_of_other(name) && entropy(value) >= (size < 16 ? 2.5 : 3) &&
        (!is_words(value) || is_passphrase(name, value, literal, rest)))
        report("named", name, value, rest)
      else if (ENVIRON["listed"] && !is_no_value(value) &&
        (caps || literal && value !~ / / && !is_stand_in(value) && value != "admin"))
        report("listed", name, value, rest)
    }

    # What may follow any name without being its value.
    function is_no_value(value) {
      if (length(value) >= 16 && entropy(value) < 1.5) return 1
      return tolower(value) ~ /^([^a-z0-9]+|x+|null|nil|none|undefined|true|false|yes|no|on|off|default|required|optional|str|string|text|number|bool|boolean|any|self|passwd|password|secret|token|test)$/
    }

    function is_told(value,  i, count, parts) {
      count = split(told, parts, "\n")
      for (i = 2; i <= count; i++)
        if (index(value, parts[i]) || index(parts[i], value)) return 1
      return 0
    }

    function is_made_by_people(name) {
      return tolower(name) ~ /passw|pwd|passphrase|(^|[_.-])pass$/
    }


    # One word with digits at its end, assigned as a literal.
    function is_passphrase(name, value, literal, rest) {
      return is_made_by_people(name) && value ~ /^[A-Za-z]+[0-9]+$/ && (literal || rest ~ /^[ \t]*(#.*)?$/)
    }

    # secret_name, token_url: names of something about a secret.
    function is_name_of_other(name) {
      return tolower(name) ~ /(id|ids|name|url|uri|file|path|dir|type|format|length|field|label|class|env|ttl|expires|expiry|expiration|count|limit|algorithm|regex|pattern|selector|version|arn|ref)$/
    }

    function is_sample(value) {
      value = tolower(value)
      return value ~ /example|changeme|change[_-]me|placeholder|dummy|redacted|insert|replace|your|xxxx|[.][.][.]|[*][*][*]|12345678|abcdefgh|deadbeef|<.*>|todo|fixme|not[_-]?a[_-]?real/
    }

    # Words that stand for a value, in what is short.
    function is_stand_in(value) {
      value = tolower(value)
      return value ~ /passw|passwd|secre|token|sample|test|demo|fake|mock|default|hidden|xxx|12345|abcde|qwerty|^(foo|bar|user|null|none|undefined|false|true)/ ||
        value ~ /^(pass|pwd|key)[0-9]*$/
    }

    # A variable, or a command of a password manager, as in secrets: of sync.yaml.
    function is_reference(value) {
      if (value ~ /^((go)?pass show|op read|vault (kv|read)|bw get|secret-tool lookup|security find-generic-password) [^ ]/) return 1
      if (value ~ /[$#%]?[{][{A-Za-z_]|[$][({]|%[(]|<%|:\/\/|[(].*[)]|[[].*[]]/) return 1
      if (value ~ /^[$@%]?[$%][A-Za-z_][A-Za-z0-9_.]*%?$/ || value ~ /^[$][0-9@*#?!$-]$/) return 1
      return gsub(/[$][A-Z_][A-Z0-9_]+/, "", value) && is_words(value)
    }

    # A date, a date format, a path of words, a number, a version.
    function is_format(value) {
      return value ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-/ || value ~ /^[0-9.,:eE+-]+[a-zA-Z]?$/ ||
        value ~ /%-?[A-Za-z][^A-Za-z0-9]?%/ || value ~ /^0x[0-9a-f]+$/ || value ~ /^\\/
    }

    # Words with digits at their ends only, and nothing like P#ss!w between them.
    # Random letters change their case more often than names in camel case do.
    function is_words(value,  i, count, parts, changes, rest, marks) {
      rest = value
      marks = gsub(/[!#%^&*+?~|]/, "", rest)
      if (marks + (marks && value ~ /[0-9]/) > 1 && value ~ /[a-z]/ && value ~ /[A-Z]/) return 0
      count = split(value, parts, /[^A-Za-z0-9]+/)
      for (i = 1; i <= count; i++) {
        if (parts[i] !~ /^[A-Za-z]*[0-9]*$/) return 0
        rest = parts[i]
        changes = gsub(/[a-z][A-Z]/, "", rest)
        if (changes * 3 > length(parts[i]) && length(parts[i]) > 5) return 0
        if (!changes && length(parts[i]) > 24 && entropy(parts[i]) > 3.9) return 0
      }
      return 1
    }

    # Shannon, bits a character.
    function entropy(text,  i, size, char, counts, sum) {
      size = length(text)
      if (size > 400) size = 400
      if (!size) return 0
      for (i = 1; i <= size; i++) counts[substr(text, i, 1)]++
      for (char in counts) sum += counts[char] * binary_log(counts[char])
      return binary_log(size) - sum / size
    }

    # awk of busybox may have no log.
    function binary_log(number,  bit, result) {
      if (number in binary_logs) return binary_logs[number]
      bit = number
      for (result = 0; bit >= 2; result++) bit /= 2
      binary_logs[number] = result + binary_fraction(bit)
      return binary_logs[number]
    }

    function binary_fraction(number,  bit, result) {
      for (bit = 0.5; bit > 0.001; bit /= 2) {
        number *= number
        if (number < 2) continue
        number /= 2
        result += bit
      }
      return result
    }
  '
}
