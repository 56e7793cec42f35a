# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# What of an app may be told. Values of variables, credentials, addresses to
# which logs and alerts go, and commands are masked wherever they stand: in the
# spec, and in the copy that each deployment has of it. So is whatever has the
# name or the shape of a secret.

# Fields that change while nothing that is deployed does, and the owner.
apps_volatile='updated_at last_deployment_created_at phase_last_updated_at progress pending_deployment in_progress_deployment owner_uuid'

# apps_clean PAGE...: print the apps of all pages, keys and apps sorted.
apps_clean() {
  jq -S -s --arg volatile "$apps_volatile" --arg keep "$apps_keep" \
    --arg variables "$apps_variables" --arg commands "$apps_commands" \
    --arg telling "$telling_names" --arg shapes "$common_shapes" '
    def stars: "***";
    (($volatile | split(" ")) - ($keep | split(" "))) as $left_out
    | ($variables | split(" ")) as $told
    | ["registry_credentials", "log_destinations", "slack_webhooks", "emails", "destinations", "basic_auth"] as $closed
    | (if $commands == "true" then [] else ["build_command", "run_command"] end) as $hidden
    | def text:
        gsub("(?<a>[A-Za-z]://)[^/@\\s]*@"; "\(.a)***@")
        | gsub("(?<a>[?&;][^=&#\\s]*(\($telling)|sig|key|auth)[^=&#\\s]*=)[^&#\\s]+"; "\(.a)***"; "i")
        | if test("EV\\[[0-9]+:") or test("(\($shapes))"; "i") then stars else . end;
      def mask:
        if type == "object" then with_entries(if .key == "name" then . else .value |= mask end)
        elif type == "array" then map(mask)
        elif type == "string" or type == "number" then stars
        else . end;
      def variable:
        if type != "object" then mask
        elif (.key | IN($told[])) and (.value | type) == "string" and .type != "SECRET"
        then .value |= text
        elif has("value") then .value = stars
        else . end;
      def clean:
        if type == "object" then
          with_entries(.key as $key | select($key | IN($left_out[]) | not)
            | .value |= if $key | IN($hidden[]) then mask
              elif $key == "envs" and type == "array" then map(variable)
              elif ($key | IN($closed[])) or ($key | test($telling; "i")) then mask
              else clean end)
        elif type == "array" then map(clean)
        elif type == "string" then text
        else . end;
    { apps: (map(.apps // []) | add // [] | unique_by(.id // .) | map(clean) | sort_by([.spec.name // "", .id // ""])) }' \
    "$@"
}
