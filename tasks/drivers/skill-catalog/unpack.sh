# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared between the parts
# Unpacking what a stranger packed: plain files and folders only, none out of the
# folder, and no more than was agreed.

# skill_unpack ARCHIVE FOLDER: of a .tar.gz; the files stand at its top, or in the
# one folder that is there.
skill_unpack() {
  local tar=$1.tar status=0 inside=$2.unpacked found top=()
  # However small the archive is.
  (ulimit -f "$((skill_most * 1024))" && exec gzip -dc <"$1" >"$tar") 2>/dev/null || status=$?
  ((status < 128)) || fail_step "its archive holds more than $skill_most MB"
  ((status == 0)) || fail_step 'its archive is not a whole .tar.gz'
  skill_look_into "$tar"
  rm -rf -- "$2" "$inside"
  mkdir -p -- "$inside"
  (umask 022 && ulimit -f "$((skill_most * 1024))" && exec tar -x -o -f "$tar" -C "$inside") ||
    fail_step 'its archive cannot be unpacked'
  rm -f -- "$tar"
  find "$inside" -type d -exec chmod 755 {} \;
  # Should this tar have made something else than it had listed.
  found=$(find "$inside" ! -type d \( ! -type f -o -links +1 \) -print | head -n 1)
  [[ -z $found ]] || fail_step "its archive holds ${found#"$inside/"}, which is no plain file"
  found=$(find "$inside" -type f -exec ls -ln {} + | awk '{ sum += $5 } END { print int(sum / 1048576) }')
  ((found < skill_most)) || fail_step "its archive holds more than $skill_most MB"
  find "$inside" -type f -perm -u+x -exec chmod 755 {} +
  find "$inside" -type f ! -perm -u+x -exec chmod 644 {} +
  # Git keeps no empty folder.
  find "$inside" -depth -type d -exec rmdir {} \; 2>/dev/null || :
  top=("$inside"/*)
  if [[ ! -f $inside/SKILL.md && ${#top[@]} -eq 1 && -f ${top[0]}/SKILL.md ]]; then
    mv -- "${top[0]}" "$2"
  else
    [[ -f $inside/SKILL.md ]] || fail_step 'its archive has no SKILL.md at its top'
    mv -- "$inside" "$2"
  fi
}

# skill_look_into TAR: what it lists, before any of it is unpacked.
skill_look_into() {
  local LC_ALL=C entry line count=0
  if ! tar -t -f "$1" >"$1.names" || ! tar -t -v -f "$1" >"$1.entries"; then
    fail_step 'its archive is not a whole .tar.gz'
  fi
  while IFS= read -r entry <&3 && IFS= read -r line <&4; do
    count=$((count + 1))
    ((count <= skill_most_files)) || fail_step "its archive holds more than $skill_most_files files"
    skill_check_name
    # Some show a hard link as a file with an arrow.
    if [[ $line != [-d]* || $line == *' -> '* ]]; then
      fail_step "its archive holds $entry, which is a link or a device"
    fi
  done 3<"$1.names" 4<"$1.entries"
}

# skill_check_name: of the entry in hand. Some show a byte that is not ASCII as
# \303; a backslash stands for nothing else.
skill_check_name() {
  local plain=${entry//\\[23][0-7][0-7]/x}
  case /$plain/ in
    //* | */../*) fail_step "its archive holds $entry, which leads out of the folder" ;;
    */.[gG][iI][tT]/*) fail_step "its archive holds $entry; a repository is not unpacked" ;;
    *[[:cntrl:]\\]*) fail_step "its archive holds $entry, which is no plain name" ;;
    *) ;;
  esac
}
