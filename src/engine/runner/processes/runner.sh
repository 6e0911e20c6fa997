# Runs the attempts of one slot, one after another. The engine starts it in its data directory, in a separate
# session and with an empty environment:
#
#   /bin/sh runner.sh LIMITS SETSID [SANDBOX...]
#
# LIMITS are words such as `n=4096` for `ulimit -n 4096`; SETSID is the path of setsid, which the launch files use, or
# empty; SANDBOX is the program that sandboxes a command, with its fixed arguments.
#
# Each line on stdin is an attempt: KIND DIRECTORY NAME. The engine makes all three; nothing here is text of a task.
# The files of the attempt are DIRECTORY/NAME.*:
#
#   status    whose the attempt is and how it ended; created by the runner, or by an engine that cancels the attempt
#   work      the working directory
#   out, err  the streams
#   launch    KIND `script`: shell text that sets the variables of the task and executes the command
#             KIND `sandbox`: options that SANDBOX reads from file descriptor 3
#
# It reports on stdout: `started PID`, then `ended CODE`; or `refused` if the status file exists already. An attempt has
# begun if its status file has a `pid` line. The runner ends with its stdin, after the attempt that is running.
#
# It runs under dash, bash and busybox sh, and calls no other program, since each costs as much as a short command.

limits=$1 setsid=$2 data=$PWD start_time=
shift 2
# `>` creates a file and fails if it exists.
set -C
# With the start time of its process, counted from the boot, the runner's number cannot be taken for a later process.
if read -r stat </proc/$$/stat && read -r start_time </proc/sys/kernel/random/boot_id; then
  # The second field, `(sh)`, may hold spaces; the start time is the twentieth after it.
  start_time=$start_time:$(set -- ${stat##*) }; echo "${20}")
fi 2>/dev/null
# Where there is no setsid (macOS), job control gives each attempt its process group.
[ -n "$setsid" ] || set -m

attempt() {
  # Until `pid` is recorded, a failure leaves an attempt that has not begun.
  cd "$file.work" || exit
  # The process number of this subshell; $$ is the runner's. Only Linux has /proc.
  read -r pid rest </proc/self/stat || pid=$(exec /bin/sh -c 'echo $PPID')
  for limit in c=0 $limits; do
    # The number of processes is -u in bash and -p in dash. A limit above the engine's own is left out.
    ulimit "-${limit%=*}" "${limit#*=}" || { [ "${limit%=*}" = u ] && ulimit -p "${limit#*=}"; }
  done 2>/dev/null
  # When memory runs out, the kernel is to end commands before the engine. A higher value needs no privilege.
  { echo 500 >>/proc/self/oom_score_adj; } 2>/dev/null
  # bash would pass these variables of the runner to the command.
  unset OLDPWD SHLVL
  # If the engine is gone by now, this ends the subshell by SIGPIPE, before the command has begun.
  echo "started $pid" >&3
  echo "pid $pid" >>"$file.status" || exit
  case $kind in
    sandbox) exec "$@" /bin/sh "$data/$directory/command" 3<"$file.launch" ;;
    # Its text uses none of the variables here, and ends with an `exec`.
    script) . "$file.launch" ;;
  esac
}

while read -r kind directory name; do
  file=$data/$directory/$name
  { echo "runner $$ $start_time" >"$file.status"; } 2>/dev/null || { echo refused; continue; }
  if [ -n "$setsid" ]; then
    (attempt "$@") 3>&1 </dev/null >>"$file.out" 2>>"$file.err"
  else
    # With job control, bash would end with a command that is ended by SIGINT in the foreground.
    (attempt "$@") 3>&1 </dev/null >>"$file.out" 2>>"$file.err" &
    wait "$!"
  fi
  code=$?
  { echo "exit $code" >>"$file.status"; } 2>/dev/null
  echo "ended $code"
done
