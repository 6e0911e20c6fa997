#!/bin/sh
# Checks on a node what `element.sh` needs: SCRIPT DIRECTORY QUESTION [SANDBOX...]. Writes the result to `answer` in
# DIRECTORY, a line `ok NODE`, `stale NODE`, `missing NODE PROGRAMS` or `sandbox NODE REASON`.
case $1 in
  probe) shift ;;
  *) exec /usr/bin/env -i /bin/sh "$0" probe "${SLURMD_NODENAME:-node}" "$@" ;;
esac
PATH=/usr/local/bin:/usr/bin:/bin
umask 077
node=$1 directory=$2 question=$3
shift 3
answer() {
  echo "$1" >"$directory/answer.new" && mv "$directory/answer.new" "$directory/answer"
  exit 0
}
[ "$(cat "$directory/question")" = "$question" ] || answer "stale $node"
missing=
for program in setsid sed mkdir sleep grep; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
[ -z "$missing" ] || answer "missing $node$missing"
if [ $# -gt 0 ]; then
  "$@" /bin/sh -c : 3<"$directory/args" 4>"$directory/status" 2>"$directory/error" </dev/null ||
    answer "sandbox $node $(head -n 1 "$directory/error")"
fi
answer "ok $node"
