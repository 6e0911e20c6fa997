#!/bin/sh
# Runs one element of a job array: one attempt. Slurm starts it as
#
#   SCRIPT SUBMISSION BEAT GRACE LIMITS [SANDBOX...]
#
# SUBMISSION is a directory on the file system that the nodes share. Its file `elements.B` has a line for each of the
# elements from 16 B to 16 B + 15: TIMEOUT KIND DIRECTORY NAME LAUNCH. The engine makes all of them; nothing here is text
# of a task. TIMEOUT, BEAT and GRACE are seconds; KIND, LAUNCH, LIMITS and SANDBOX are those of `runner.sh`.
#
# The status of element N is in the names of files in SUBMISSION:
#
#   N.run        the element is claimed: by this wrapper, or by an engine that cancels it. Only one can create it, so that
#                no attempt runs twice, however often its array was submitted
#   N.cancelled  the engine has claimed it, so that it never begins
#   N.beat       changes every BEAT seconds while the command runs
#   N.stop       the engine asks to end the command, if Slurm does not know the job any more
#   N.sandbox    what bubblewrap reports of the command
#   N.faulty     the command could not be started
#   N.timeout    the command is ended because its Timeout has expired
#   N.signalled  Slurm has asked to end the command
#   N.exit.CODE  the command has ended
#   N.again      another wrapper found it claimed
#
# Only the names count, so a file system that is full, or that shows changes late, shows no half of a status.
#
# It runs under dash, bash and busybox sh, and starts few processes, since each costs as much as a short command.

# The variables of Slurm and of the node are not for commands.
leave_environment() {
  # bash also passes on what is no valid name of a variable, such as an exported function.
  [ -z "${BASH_VERSION-}" ] || exec /usr/bin/env -i /bin/sh "$0" element "$@"
  set -f
  IFS='
'
  for variable in $(export -p); do
    # Others are further lines of a value.
    case $variable in 'export '*) variable=${variable#export } ;; *) continue ;; esac
    variable=${variable%%=*}
    case $variable in '' | [!A-Za-z_]* | *[!A-Za-z0-9_]*) continue ;; esac
    unset "$variable"
  done
  unset IFS
  set +f
}

case $1 in
  element) shift ;;
  *)
    set -- "$SLURM_ARRAY_TASK_ID" "$@"
    leave_environment "$@"
    ;;
esac
PATH=/usr/local/bin:/usr/bin:/bin
umask 077
number=$1 submission=$2 beat=$3 grace=$4 limits=$5
shift 5
root=${submission%/submissions/*}
state=$submission/$number

before=$((number % 16)) launch=
while IFS=' ' read -r timeout kind directory name launch && [ "$before" -gt 0 ]; do
  before=$((before - 1)) launch=
done <"$submission/elements.$((number / 16))"
[ -n "$launch" ] || exit 1
# With -C, a file is created only if there is none.
set -C
if ! true 2>/dev/null >"$state.run"; then
  set +C
  [ ! -e "$state.run" ] || true >"$state.again"
  exit 0
fi
set +C
file=$root/$directory/$name

attempt() {
  cd "$file.work" || { true >"$state.faulty"; exit 1; }
  for limit in $limits; do
    # The number of processes is -u in bash and -p in dash. A limit above that of the node is left out.
    ulimit "-${limit%=*}" "${limit#*=}" || { [ "${limit%=*}" = u ] && ulimit -p "${limit#*=}"; }
  done 2>/dev/null
  for setsid in /usr/local/bin/setsid /usr/bin/setsid /bin/setsid; do
    [ ! -x "$setsid" ] || break
  done
  # dash would export PATH, which was exported before.
  unset OLDPWD SHLVL PATH
  case $kind in
    sandbox)
      exec "$setsid" "$@" /bin/sh "$root/$directory/command" 3<"$root/$directory/$launch" 4>"$state.sandbox"
      ;;
    script)
      # The text uses none of the variables here, and ends with an `exec`.
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
    echo "$left" >"$state.beat"
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
if [ "$kind" = sandbox ] && [ "$code" = 1 ] && ! grep -q '"exit-code"' "$state.sandbox" 2>/dev/null; then
  true >"$state.faulty"
fi
# A full disk may have room again soon.
for delay in 1 5 15 30 60 0; do
  if true 2>/dev/null >"$state.exit.$code"; then break; fi
  sleep "$delay"
done
exit 0
