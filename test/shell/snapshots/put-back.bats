#!/usr/bin/env bats
load ../helper

# save_these SET PATH...: in a run called "now".
save_these() {
  in_run 'save_paths "$1" < <(shift; printf "%s\0" "$@")' "$@"
}

put_back_set() {
  in_run 'put_back_set "$run_dir/saved/$1"' "$@"
}

# written_by_run PATH...: as if the step in hand had just made them.
written_by_run() {
  in_run 'for path; do printf kept >"$path.beside"; move_into_place "$path.beside" "$path"; done' "$@"
}

kept=.insightpulse/recovered/run

# undone PATH...: save them, change the root with the function change, put
# back, and again; the root must be as it was, both times.
undone() {
  local before
  before=$(picture .)
  save_these set "$@"
  is "$(picture .)" "$before"
  change
  [[ $(picture .) != "$before" ]] || {
    printf 'the change of this test changes nothing\n' >&2
    return 1
  }
  put_back_set set
  is "$(picture .)" "$before"
  put_back_set set
  is "$(picture .)" "$before"
}

@test "a changed file is put back byte for byte" {
  printf 'a\0b\377\n\n' >f
  change() { printf 'other' >f; }
  undone f
}

@test "a file without a newline at its end, and an empty one, are put back" {
  printf 'no newline' >f
  : >empty
  change() {
    printf 'no newline\n' >f
    printf 'x' >empty
  }
  undone f empty
}

@test "a removed file is put back" {
  mkdir -p a/b
  printf 'x\n' >a/b/f
  change() { rm -f a/b/f; }
  undone a/b/f
}

@test "a file whose folder was removed too is put back" {
  mkdir -p a/b
  printf 'x\n' >a/b/f
  change() { rm -rf a; }
  undone a/b/f
}

@test "a file that was not there is removed, with the folders made for it" {
  change() {
    mkdir -p a/b/c
    : >a/b/c/f
  }
  undone a/b/c/f
}

@test "folders made for a file stay if something else is in them" {
  save_these set a/b/f
  mkdir -p a/b
  : >a/b/f
  : >a/other
  put_back_set set
  is "$(picture . | cut -d ' ' -f 1,2)" "./a folder${nl}./a/other file"
}

@test "the mode of a file is put back" {
  printf 'x\n' >f
  printf 'x\n' >g
  chmod 754 f
  chmod 400 g
  change() {
    chmod 644 f
    rm -f g
  }
  undone f g
}

@test "a link is put back as a link, also one that leads nowhere" {
  printf 'x\n' >f
  ln -s f link
  ln -s nowhere/at/all dangling
  change() {
    rm -f link dangling
    printf 'y\n' >link
    ln -s f dangling
  }
  undone link dangling
}

@test "what a link points to is not touched" {
  mkdir outside
  printf 'x\n' >outside/f
  ln -s outside link
  change() {
    rm -f link
    mkdir link
    : >link/new
  }
  undone link
}

@test "a file that became a folder, or a link, is put back" {
  printf 'x\n' >f
  printf 'y\n' >g
  printf 'z\n' >other
  change() {
    rm -f f g
    mkdir -p f/deep
    : >f/deep/x
    ln -s other g
  }
  undone f g
  content other "z$nl"
}

@test "a folder that became a file, or a link, is put back with all in it" {
  mkdir -p a/b c elsewhere
  printf 'x\n' >a/b/f
  printf 'y\n' >c/f
  change() {
    rm -rf a c
    : >a
    ln -s elsewhere c
  }
  undone a c
}

@test "a folder is put back with empty folders, files and links in it" {
  mkdir -p d/empty/deeper d/full
  printf 'x\n' >d/full/f
  chmod 751 d/full/f
  ln -s ../full d/full/link
  change() { rm -rf d; }
  undone d
}

@test "the mode of a folder is put back" {
  mkdir -m 750 d
  mkdir -m 700 d/private
  change() { rm -rf d; }
  undone d
}

@test "files with odd names are put back" {
  local name
  local names=($'line\nbreak' 'with space' '100%' '%0A' '%250A' '-f' '--' '*' "it's"
    '"quoted"' 'back\slash' $'tab\there' $'\377\376' 'é')
  for name in "${names[@]}"; do
    printf 'of %s\n' "$name" >"$name"
  done
  change() {
    local name
    for name in "${names[@]}"; do
      printf 'changed' >"./$name"
    done
    rm -f ./--
  }
  undone "${names[@]}"
}

@test "files whose names end with half a character are put back in a UTF-8 locale" {
  local names=($'x\342\202' $'y\303' z)
  local name LC_ALL=C.UTF-8
  export LC_ALL
  for name in "${names[@]}"; do
    printf 'before' >"$name"
  done
  change() {
    local name
    for name in "${names[@]}"; do
      printf 'changed' >"$name"
    done
  }
  undone "${names[@]}"
}

@test "files whose names begin or end with white space are put back" {
  local name
  local names=('end ' ' begin' $'end\t' $'\nbegin' $'end\n' ' ')
  for name in "${names[@]}"; do
    printf 'of %s\n' "$name" >"$name"
  done
  change() {
    local name
    for name in "${names[@]}"; do
      printf 'changed' >"$name"
    done
  }
  undone "${names[@]}"
}

@test "files with odd names that were not there are removed" {
  local names=($'new line\nbreak' 'new space' 'new%0A' '-new' '--new')
  change() {
    local name
    for name in "${names[@]}"; do
      : >"./$name"
    done
  }
  undone "${names[@]}"
}

@test "a file that was not there and whose name ends with a space is removed" {
  change() { : >'end '; }
  undone 'end '
}

@test "folders with odd names are put back with all in them" {
  mkdir -p $'line\nbreak/with space/100%'
  printf 'x\n' >$'line\nbreak/with space/100%/f'
  change() { rm -rf $'line\nbreak'; }
  undone $'line\nbreak'
}

@test "a file in a folder whose name begins with a dash is put back" {
  mkdir ./-d
  printf 'x\n' >./-d/f
  change() { rm -rf ./-d; }
  undone -d/f
}

@test "a folder whose name begins with a dash is put back with all in it" {
  mkdir -p ./-folder/deeper
  printf 'x\n' >./-folder/deeper/f
  change() { rm -rf ./-folder; }
  undone -folder
}

@test "many files of many folders are put back" {
  local folder file
  local all=()
  for folder in a b; do
    mkdir "$folder"
    for file in 1 {200..202} $([[ $folder == b ]] || printf '%s ' {2..199}); do
      printf '%s %s\n' "$folder" "$file" >"$folder/$file"
      all+=("$folder/$file")
    done
  done
  change() {
    rm -rf b
    : >a/1
    : >a/200
    : >a/201
  }
  undone "${all[@]}"
}

@test "what stands there by then and is not known is kept" {
  mkdir -p a
  printf 'before\n' >a/f
  printf 'same\n' >same
  save_these set a/f same new/g
  printf 'edited\n' >a/f
  mkdir new
  printf 'worked on\n' >new/g
  put_back_set set
  content a/f "before$nl"
  content $kept/a/f "edited$nl"
  content $kept/new/g "worked on$nl"
  [[ ! -e new && ! -e $kept/same ]]
}

@test "what the run wrote goes, and what was edited or added since is kept" {
  mkdir -p a
  printf 'before\n' >a/f
  save_these set a/f new
  mkdir -p new/deep
  written_by_run a/f new/ours new/deep/ours new/edited
  printf 'edited' >new/edited
  printf 'theirs' >new/deep/theirs
  put_back_set set
  content a/f "before$nl"
  content $kept/new/edited edited
  content $kept/new/deep/theirs theirs
  [[ ! -e new && ! -e $kept/new/ours && ! -e $kept/new/deep/ours && ! -e $kept/a ]]
  is "$(LC_ALL=C sort .insightpulse/run/recovered)" "$kept/new/deep/theirs$nl$kept/new/edited"
}

@test "a file where a folder was is kept, and what was in the folder comes back" {
  mkdir -p out/notes
  printf 'before\n' >out/notes/a
  save_these set out/notes/a
  rm -r out/notes
  printf 'theirs\n' >out/notes
  put_back_set set
  content out/notes/a "before$nl"
  content $kept/out/notes "theirs$nl"
}

@test "a link where a folder was is kept, and nothing is written through it" {
  mkdir -p out/sub elsewhere
  printf 'before\n' >out/sub/a
  save_these set out/sub/a
  rm -r out/sub
  ln -s ../elsewhere out/sub
  put_back_set set
  content out/sub/a "before$nl"
  is "$(readlink $kept/out/sub)" ../elsewhere
  is "$(ls elsewhere)" ''
}

@test "what is kept lies over nothing that was kept before" {
  save_these set f g
  printf 'one' >f
  put_back_set set
  printf 'two' >f
  mkdir g
  printf 'three' >g/h
  printf 'x' >$kept/g
  put_back_set set
  content $kept/f one
  content $kept.2/f two
  content $kept.2/g/h three
}

@test "putting back twice does not lose what was kept" {
  printf 'before\n' >f
  save_these set f g
  printf 'edited\n' >f
  printf 'worked on\n' >g
  put_back_set set
  put_back_set set
  content f "before$nl"
  content $kept/f "edited$nl"
  content $kept/g "worked on$nl"
  [[ ! -e g ]]
}

@test "odd names are kept under their own names" {
  local name
  local names=($'line\nbreak' '-f' '-d/f' '100%' 'a b/c d')
  mkdir -p ./-d 'a b'
  for name in "${names[@]}"; do
    printf 'before' >"./$name"
  done
  save_these set "${names[@]}"
  for name in "${names[@]}"; do
    printf 'edited' >"./$name"
  done
  put_back_set set
  for name in "${names[@]}"; do
    content "./$name" before
    content "$kept/$name" edited
  done
}

@test "a file in a folder whose name ends with a newline is kept and put back" {
  mkdir $'d\n'
  printf 'before' >$'d\n/f'
  save_these set $'d\n/f'
  printf 'edited' >$'d\n/f'
  put_back_set set
  content $'d\n/f' before
  content "$kept/"$'d\n/f' edited
}

@test "a saved copy that is gone makes putting back fail, and the rest is put back" {
  printf 'one\n' >f
  printf 'two\n' >g
  save_these set f g
  printf 'new\n' >f
  printf 'new\n' >g
  rm -f .insightpulse/run/saved/set/files/f
  run put_back_set set
  is "$status" 1
  content g "two$nl"
}

@test "what is neither file, folder nor link cannot be saved and fails the step" {
  mkfifo pipe
  run save_these set pipe
  is "$status" 1
  has "$output" 'pipe: a fifo cannot be saved'
  [[ ! -e .insightpulse/run/journal ]]
}

@test "what is saved is for nobody else to read" {
  printf 'x\n' >f
  save_these set f
  is "$(stat -c %a .insightpulse/run/saved/set)" 700
}

@test "a copy that is broken off gets no name, and what is whole beside it is there" {
  [[ -z ${TEST_TOOLS:-} ]] || skip 'the tools of this run stand before any of a test'
  printf 'all of it\n' >broken
  printf 'whole\n' >whole
  save_these set broken whole
  rm broken whole
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/cp" <<END
#!/bin/bash
for into; do :; done
for from in "\${@:3:\$#-3}"; do
  case \$from in
    */broken) printf 'all' >"\$into/broken" ;;
    *) $(command -v cp) -pPR -- "\$from" "\$into" ;;
  esac
done
exit 1
END
  chmod +x "$BATS_TEST_TMPDIR/bin/cp"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run put_back_set set
  ((status != 0))
  [[ ! -e broken ]]
  is "$(<whole)" whole
  put_back_set set
  is "$(<broken)" 'all of it'
}
