# Starts a Slurm cluster of two nodes on this machine, as root. All files are below DIRECTORY, where SLURM_CONF is
# `slurm.conf`; nothing is written elsewhere. It listens on the loopback interface only.
#
#   sh cluster.sh start DIRECTORY CPUS PORT PORT PORT    controller, first node, second node
#   sh cluster.sh controller DIRECTORY                   starts the controller again after it was killed
#   sh cluster.sh node DIRECTORY NAME                    starts node n1 or n2 again
#   sh cluster.sh stop DIRECTORY
#
# `PATH` has to include /usr/sbin.
set -eu
verb=$1 directory=$2
export SLURM_CONF="$directory/slurm.conf" LC_ALL=C

start() {
  host=$(hostname -s)
  mkdir -p "$directory/munge" "$directory/state" "$directory/log"
  chmod 755 "$directory" "$directory/munge"
  dd if=/dev/urandom of="$directory/munge.key" bs=1 count=1024 2>/dev/null
  chmod 400 "$directory/munge.key"
  cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$2
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$directory/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$directory/state
SlurmdSpoolDir=$directory/spool.%n
SlurmctldPidFile=$directory/slurmctld.pid
SlurmdPidFile=$directory/slurmd.%n.pid
SlurmctldLogFile=$directory/log/slurmctld.log
SlurmdLogFile=$directory/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
MaxArraySize=2001
MaxJobCount=50000
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=20
KillWait=10
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$3-$4] CPUs=$1 RealMemory=16000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=other Nodes=n2 MaxTime=INFINITE State=UP
# Its jobs preempt those of the others.
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
END
  # Slurm would stop where no cgroup file system is mounted.
  echo 'CgroupPlugin=cgroup/v1' >"$directory/cgroup.conf"
  munged --force --socket="$directory/munge/socket" --key-file="$directory/munge.key" \
    --pid-file="$directory/munged.pid" --log-file="$directory/log/munged.log" --seed-file="$directory/munge.seed"
  controller
  node n1
  node n2
}

# As the manual of Slurm advises for a controller that lost its state, numbers of jobs are not used again; a node refuses
# a job with the number of an earlier one, and is drained.
controller() {
  first=$(sed -n 's/^FirstJobId=//p' "$SLURM_CONF")
  sed -i '/^FirstJobId=/d' "$SLURM_CONF"
  echo "FirstJobId=$((${first:-1} + 10000))" >>"$SLURM_CONF"
  slurmctld
}
node() { slurmd -N "$1" -d "$(command -v slurmstepd || echo /usr/sbin/slurmstepd)"; }

stop() {
  for name in slurmd.n1 slurmd.n2 slurmctld munged; do
    if pid=$(cat "$directory/$name.pid" 2>/dev/null); then kill "$pid" 2>/dev/null || :; fi
  done
}

shift 2
"$verb" "$@"
