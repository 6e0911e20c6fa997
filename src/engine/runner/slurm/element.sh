#!/bin/sh
# Runs one element of a job array: one attempt. Slurm starts it as
#
#   SCRIPT SUBMISSION BEAT GRACE LIMITS [SANDBOX...]
#
# SUBMISSION is a directory on the file system that the nodes share. Its file `elements` has a line for each element:
# TIMEOUT KIND DIRECTORY NAME LAUNCH. The engine makes all of them; nothing here is text of a task. TIMEOUT, BEAT and
# GRACE are seconds; KIND, LAUNCH, LIMITS and SANDBOX are those of `runner.sh`.
#
# The status of element N is in the names of files in SUBMISSION:
#
#   N.run/       the element is claimed: by this wrapper, or by an engine that cancels it. Only one can create it, so that
#                no attempt runs twice, however often its array was submitted
#   N.run/beat   changes every BEAT seconds while the command runs
#   N.stop       the engine asks to end the command, if Slurm does not know the job any more
#   N.faulty     the command could not be started
#   N.timeout    the command is ended because its Timeout has expired
#   N.signalled  Slurm has asked to end the command
#   N.exit.CODE  the command has ended
#   N.again      another wrapper found it claimed
#
# Only the names count, so a file system that is full, or that shows changes late, shows no half of a status.

case $1 in
  element) shift ;;
  # The variables of Slurm and of the node are not for commands.
  *) exec /usr/bin/env -i /bin/sh "$0" element "$SLURM_ARRAY_TASK_ID" "$@" ;;
esac
PATH=/usr/local/bin:/usr/bin:/bin
umask 077
number=$1 submission=$2 beat=$3 grace=$4 limits=$5
shift 5
root=${submission%/submissions/*}
state=$submission/$number

line=$(sed -n "$((number + 1)){p;q;}" "$submission/elements") || exit 1
[ -n "$line" ] || exit 1
if ! mkdir "$state.run" 2>/dev/null; then
  [ ! -d "$state.run" ] || true >"$state.again"
  exit 0
fi
IFS=' ' read -r timeout kind directory name launch <<END
$line
END
file=$root/$directory/$name

attempt() {
  cd "$file.work" || { true >"$state.faulty"; exit 1; }
  for limit in $limits; do
    # The number of processes is -u in bash and -p in dash. A limit above that of the node is left out.
    ulimit "-${limit%=*}" "${limit#*=}" || { [ "${limit%=*}" = u ] && ulimit -p "${limit#*=}"; }
  done 2>/dev/null
  unset OLDPWD SHLVL
  case $kind in
    sandbox)
      exec setsid "$@" /bin/sh "$root/$directory/command" 3<"$root/$directory/$launch" 4>"$state.run/sandbox"
      ;;
    script)
      # The text uses none of the variables here, and ends with an `exec`.
      setsid=$(command -v setsid)
      launch=$root/$directory/$launch
      set -- "$file.work" "$name" "$setsid"
      . "$launch"
      ;;
  esac
}

# Kills the command if it has not ended GRACE seconds after SIGTERM. Slurm's own SIGTERM is for the command, not for this.
kill_later() {
  trap '' TERM
  sleep "$grace"
  kill -KILL "-$child" 2>/dev/null
}

# Beats, and ends the command when its Timeout expires, the engine asks for it, or this wrapper is gone.
watch() {
  trap '' TERM
  trap 'kill -KILL "$nap" 2>/dev/null; exit 0' USR1
  left=$timeout
  while :; do
    step=$beat
    [ "$left" -ge "$step" ] || step=$left
    sleep "$step" &
    nap=$!
    wait "$nap"
    left=$((left - step))
    if ! kill -0 $$ 2>/dev/null; then
      kill -KILL "-$child" 2>/dev/null
      exit 0
    fi
    echo "$left" >"$state.run/beat"
    if [ "$left" -le 0 ]; then true >"$state.timeout"; fi
    if [ "$left" -le 0 ] || [ -e "$state.stop" ]; then
      kill -TERM "-$child" 2>/dev/null
      kill_later
    fi
    [ "$left" -gt 0 ] || left=$beat
  done
}

attempt "$@" </dev/null >>"$file.out" 2>>"$file.err" &
child=$!
signalled=
trap 'signalled=1; true >"$state.signalled"; kill -TERM "-$child" 2>/dev/null; kill_later </dev/null >/dev/null 2>&1 &' TERM INT HUP
watch </dev/null >/dev/null 2>&1 &
watcher=$!

wait "$child"
code=$?
# A signal ends the wait before the command has ended.
while [ -n "$signalled" ]; do
  signalled=
  wait "$child"
  next=$?
  [ "$next" = 127 ] || code=$next
done
trap '' TERM INT HUP
# What the command left running in its group.
kill -KILL "-$child" 2>/dev/null
kill -USR1 "$watcher" 2>/dev/null

# A sandbox that could not be built has not executed the command.
if [ "$kind" = sandbox ] && [ "$code" = 1 ] && ! grep -q '"exit-code"' "$state.run/sandbox" 2>/dev/null; then
  true >"$state.faulty"
fi
# A full disk may have room again soon.
for delay in 1 5 15 30 60 0; do
  if true 2>/dev/null >"$state.exit.$code"; then break; fi
  sleep "$delay"
done
exit 0
