# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# A server of MCP: in the settings, with its secrets, and as claude.md may show it.

agents_jq_servers() {
  cat <<'SCRIPT'
# The settings of Cline have two forms: all in one object, or in its "transport".
def inner: if (.transport | type) == "object" then .transport else . end;
def transport_of:
  (inner.type // .transportType // "") as $type | inner
  | if has("url") and ($type == "streamableHttp" or $type == "http") then "streamableHttp"
    elif (.command | type) == "string" then "stdio" elif (.url | type) == "string" then "sse" else null end;

# What stands in claude.md, or stood there, is no secret: it is shown as it is.
def words_of: [objects | .command, .url, (.url // "" | split("/")[]), .args[]? | strings | select(. != "")] | unique;

def launcher: sub("^.*/"; "") | test("^(npx|bunx|pnpx|uvx|pipx)(\\.cmd|\\.exe)?$");
def package_name: length <= 80 and test("^(@[a-z0-9][a-z0-9-]*/)?[a-z][a-z0-9._-]*(@(latest|next|[0-9][0-9.]{0,12}))?$");

def public_args($command; $words):
  . as $args | [range(length) as $i | $args[$i] | tostring
    | if any($words[]; . == $args[$i]) or test("^-[A-Za-z]$") then .
      elif length <= 40 and test("^--[a-z]+(-[a-z]+)*$") then .
      elif ($command | launcher) and package_name and all($args[:$i][]; . == "-y" or . == "--yes" or . == "-q" or . == "--quiet") then .
      elif test("^--[a-z]+(-[a-z]+)*=") then split("=")[0] + "=***"
      else "***" end];

def public_url($words):
  . as $url | if any($words[]; . == $url) then . else
    ([capture("^(?<scheme>[a-z][a-z0-9+.-]*)://(?<user>[^/?#]*@)?(?<host>[A-Za-z0-9._:\\[\\]-]+)(?<path>/[^?#]*)?(?<query>\\?[^#]*)?(?<hash>#[\\s\\S]*)?$")][0]) as $part
    | if $part == null then "***" else
        "\($part.scheme)://" + (if $part.user then "***@" else "" end) + $part.host
        + (($part.path // "") | split("/") | map(. as $word
            | if test("^(|api|mcp|sse|http|stream|streamable|messages|rpc|servers?|v[0-9]{1,2})$") or any($words[]; . == $word) then . else "***" end) | join("/"))
        + (if $part.query then "?" + ($part.query[1:] | split("&") | map(if test("^[A-Za-z][A-Za-z_.-]{0,30}=") then split("=")[0] + "=***" else "***" end) | join("&")) else "" end)
        + (if $part.hash then "#***" else "" end)
      end end;

def public_command($words):
  . as $command | if any($words[]; . == $command) or (length <= 200 and test("^[A-Za-z0-9_./~+@-]+$")) then . else "***" end;

def no_empties: with_entries(select(.value != null and .value != [] and .value != false));

# public: as claude.md may show it; null where it is no server.
def public($words):
  if type != "object" then null else
    . as $server | inner as $in | transport_of as $transport
    | if $transport == null then null else
        {transport: $transport,
         command: (if $transport == "stdio" then $in.command | public_command($words) else null end),
         args: (if $transport == "stdio" then $in.args // [] | arrays | public_args($in.command; $words) else null end),
         url: (if $transport != "stdio" then $in.url | public_url($words) else null end),
         env: ($in.env // {} | objects | keys), headers: ($in.headers // {} | objects | keys),
         disabled: ($server.disabled == true)} | no_empties
      end end;

# declared: what stands in claude.md, in the same form; a text that says what is wrong with it where it is not.
def declared_server:
  def texts: type == "array" and all(.[]; type == "string" or type == "number");
  if type != "object" then "must be { command: … } or { url: … }"
  else (keys - ["transport", "command", "args", "env", "url", "headers", "disabled"]) as $others
    | if $others != [] then "\($others[0] | tojson) is no key of a server; it has transport, command, args, env, url, headers and disabled"
      elif (has("command") == has("url")) then "must have either command or url"
      elif [.command, .url, .transport | select(. != null and type != "string")] != [] then "command, url and transport must be texts"
      elif (.disabled // false | type) != "boolean" then "disabled must be true or false"
      elif [.args, .env, .headers | select(. != null and (texts | not))] != [] then "args, env and headers must be lists; of env and headers the names only"
      else (.transport // (if has("url") then "sse" else "stdio" end)) as $transport
        | if has("url") != ($transport == "sse" or $transport == "streamableHttp") or (has("command") and $transport != "stdio") then "transport must be stdio with a command, sse or streamableHttp with a url"
          else {transport: $transport, command, url, args: (.args // [] | map(tostring)), env: (.env // [] | map(tostring) | unique),
            headers: (.headers // [] | map(tostring) | unique), disabled: (.disabled == true)} | no_empties end end end;

# A list with each *** replaced by what it stands for; null where that is not known.
def unmasked($raw; $public):
  reduce .[] as $word ({left: [range($public | length) | select($public[.] | contains("***")) | {public: $public[.], raw: $raw[.]}], out: []};
    if .out == null then . elif $word | contains("***") | not then .out += [$word]
    else ([.left | to_entries[] | select(.value.public == $word) | .key][0]) as $at
      | if $at == null then .out = null else .out += [.left[$at].raw] | .left |= .[:$at] + .[$at + 1:] end end)
  | .out;

def placeholder: "${" + . + "}";

def new_server:
  if [.command, .url, .args[]? | values | select(contains("***"))] != [] then null
  elif .transport == "stdio" then {command, args: (.args // [])}
  else {type: .transport, url} end
  | if . == null then null else . + {} end;

# The changes that make a server as declared: [{path, value}], [{path}] to delete; null where it cannot be written.
def server_changes($name; $declared; $words):
  ["mcpServers", $name] as $top
  | def named($kind): {($kind): ($declared[$kind] // [] | map({key: ., value: placeholder}) | from_entries)} | no_empties | with_entries(select(.value != {}));
    if . == null then
      ($declared | new_server) as $new
      | if $new == null then null
        else [{path: $top, value: ($new + ($declared | named("env")) + ($declared | named("headers")) + ({disabled: ($declared.disabled == true)} | no_empties))}] end
    else
      ($top + (if (.transport | type) == "object" then ["transport"] else [] end)) as $at
      | inner as $in | public($words) as $public
      | [ (if $public.transport == $declared.transport then empty else {path: ($at + ["type"]), value: $declared.transport}, {path: ($top + ["transportType"])} end),
          (("command", "url") as $key | select($public[$key] != $declared[$key])
            | {path: ($at + [$key])} + (if $declared[$key] == null then {} else {value: ([$declared[$key]] | unmasked([$in[$key]]; [$public[$key] // ""]) | if . == null then null else .[0] end)} end)),
          (select($public.args != $declared.args)
            | {path: ($at + ["args"])} + (if $declared.args == null then {} else {value: ($declared.args | unmasked($in.args // []; $public.args // []))} end)),
          (("env", "headers") as $key | ($declared[$key] // []) as $wanted | ($public[$key] // []) as $here
            | (select($wanted != [] and ($in[$key] | type) != "object") | {path: ($at + [$key]), value: {}}),
              (($wanted - $here)[] | {path: ($at + [$key, .]), value: placeholder}),
              (($here - $wanted)[] | {path: ($at + [$key, .])})),
          (select(($public.disabled == true) != ($declared.disabled == true)) | {path: ($top + ["disabled"]), value: ($declared.disabled == true)}) ]
      | if any(.[]; has("value") and .value == null) then null else . end
    end;
SCRIPT
}
