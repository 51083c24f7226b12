#!/bin/sh
# checksum.sh FILE...: prints a line for each file: size in bytes, SHA-256 and name, with tabs between them.
#
#   mpr map jobs/checksum.sh --inputs *.iso
#
# Exit status: 0; 1 when a file cannot be read (the others are printed nevertheless); 2 without a file.
set -eu

usage='usage: checksum.sh FILE...
Print for each file, with tabs between: size in bytes, SHA-256, name.'

if [ $# -eq 0 ]; then
  echo "checksum.sh: no file given" >&2
  exit 2
fi
if [ "$1" = --help ]; then
  echo "$usage"
  exit 0
fi

status=0
for file in "$@"; do
  if [ ! -e "$file" ]; then
    fault='no such file'
  elif [ ! -f "$file" ]; then
    fault='not a regular file'
  elif [ ! -r "$file" ]; then
    fault='permission denied'
  else
    size=$(wc -c <"$file")
    sum=$(sha256sum <"$file")
    printf '%s\t%s\t%s\n' "$size" "${sum%% *}" "$file"
    continue
  fi
  echo "checksum.sh: cannot read '$file': $fault" >&2
  status=1
done
exit "$status"
