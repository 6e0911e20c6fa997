# Runs the attempts of one slot, one after another. The engine starts it in its data directory, in a separate
# session and with the variables that every command inherits, such as PATH and LANG:
#
#   SHELL runner.sh RECORD LIMITS SETSID [SANDBOX...]
#
# RECORD is a file that this runner alone appends to. LIMITS are words such as `n=4096` for `ulimit -n 4096`. SETSID is
# the path of setsid, which gives each command its process group; empty if SHELL does so by job control.
# SANDBOX is the program that sandboxes a command, with its fixed arguments.
#
# Each line on stdin is an attempt: KIND DIRECTORY NAME LAUNCH. The engine makes all four; nothing here is text of a
# task. In DIRECTORY are
#
#   NAME.work           the working directory
#   NAME.out, NAME.err  the streams
#   LAUNCH              KIND `script`: shell text that sets the variables of the task and executes the command; its
#                       parameters are the working directory, NAME and SETSID
#                       KIND `sandbox`: options that SANDBOX reads from file descriptor 3; it writes to 4, which is
#                       RECORD, that it has executed the command. Descriptor 5 is the file `filter` of the data
#                       directory
#
# It reports on stdout: `started PID`, then `ended CODE`. RECORD says the same to an engine that was not there: the line
# `runner PID START_TIME`, then for each attempt `attempt DIRECTORY/NAME KIND`, `pid PID` when it begins, and `exit CODE`.
# The runner ends with its stdin, after the attempt that is running, or when it cannot write its record.
#
# It runs under dash, bash and busybox sh, and calls no other program, since each costs as much as a short command.

data=$PWD limits=$2 setsid=$3 start_time=
exec 4>>"$1" || exit
shift 3
# With the start time of its process, counted from the boot, the runner's number cannot be taken for a later process.
if read -r stat </proc/$$/stat && read -r start_time </proc/sys/kernel/random/boot_id; then
  # The second field, `(sh)`, may hold spaces; the start time is the twentieth after it.
  start_time=$start_time:$(set -- ${stat##*) }; echo "${20}")
  # When memory runs out, the kernel is to end commands before the engine. A higher value needs no privilege.
  echo 500 >>/proc/self/oom_score_adj
fi 2>/dev/null
[ -n "$setsid" ] || set -m
echo "runner $$ $start_time" >&4 || exit

attempt() {
  # The process number of this subshell; $$ is the runner's. Only bash has BASHPID, and only Linux has /proc.
  pid=${BASHPID-}
  [ -n "$pid" ] || if cd -P /proc/self; then pid=${PWD##*/}; else pid=$(exec /bin/sh -c 'echo $PPID'); fi 2>/dev/null
  # Until `pid` is recorded, a failure leaves an attempt that has not begun.
  cd "$file.work" || exit
  for limit in c=0 $limits; do
    # The number of processes is -u in bash and -p in dash. A limit above the engine's own is left out.
    ulimit "-${limit%=*}" "${limit#*=}" || { [ "${limit%=*}" = u ] && ulimit -p "${limit#*=}"; }
  done 2>/dev/null
  # bash would pass these variables of the runner to the command.
  unset OLDPWD SHLVL
  # If the engine is gone by now, this ends the subshell by SIGPIPE, before the command has begun.
  echo "started $pid" >&3
  echo "pid $pid" >&4 || { kill "$$"; exit; }
  case $kind in
    sandbox)
      exec ${setsid:+"$setsid"} "$@" /bin/sh "$data/$directory/command" \
        3<"$data/$directory/$launch" 5<"$data/filter"
      ;;
    script)
      # The text uses none of the variables here, and ends with an `exec`.
      set -- "$file.work" "$name" "$setsid"
      . "$data/$directory/$launch"
      ;;
  esac
}

while read -r kind directory name launch; do
  file=$data/$directory/$name
  echo "attempt $directory/$name $kind" >&4 || exit
  if [ -n "$setsid" ]; then
    (attempt "$@") 3>&1 </dev/null >>"$file.out" 2>>"$file.err"
  else
    # With job control, bash would end with a command that is ended by SIGINT in the foreground.
    (attempt "$@") 3>&1 </dev/null >>"$file.out" 2>>"$file.err" &
    wait "$!"
  fi
  code=$?
  echo "exit $code" >&4
  recorded=$?
  echo "ended $code"
  # What follows half a line would not be understood.
  [ "$recorded" = 0 ] || exit
done
