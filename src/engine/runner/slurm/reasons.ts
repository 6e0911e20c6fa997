/** Why Slurm lets a job wait, in plain words. The codes are those of `squeue %r` in Slurm 22.05. */

export interface WaitReason {
  /** As Slurm writes it, without details. */
  readonly code: string;
  /** The rest of a sentence that begins with what waits. */
  readonly meaning: string;
}

const meanings: Readonly<Record<string, string>> = {
  None: 'Slurm has not considered them yet; it does so within seconds to minutes',
  Priority: 'jobs with a higher priority are before them in the queue',
  Resources: 'all suitable processors or memory are in use; they are next when some become free',
  Dependency: 'they wait for another job in Slurm, as an option of the operator requires',
  DependencyNeverSatisfied:
    'they wait for another job in Slurm that has failed, so they never start; ask the operator',
  BeginTime:
    'Slurm starts them later: an option of the operator sets a time, or it delays a job that it has requeued',
  JobArrayTaskLimit: 'the limit of concurrent elements of their array is reached',
  JobHeldUser: 'they are held; `scontrol release` with the number of the job lets them start',
  JobHeldAdmin: 'an administrator of the cluster holds them; only an administrator can release them',
  PartitionDown: 'their partition is down; they start when an administrator makes it available',
  PartitionInactive: 'their partition is inactive; they start when an administrator makes it available',
  PartitionNodeLimit:
    'they need more nodes than their partition allows, so they never start there; the operator has to choose another partition',
  PartitionTimeLimit:
    'their time limit exceeds that of the partition, so they never start there; reduce Timeout, or let the operator choose another partition',
  ReqNodeNotAvail: 'nodes that they need are down, drained or reserved, for maintenance for instance',
  NodeDown: 'a node that they need is down',
  Reservation: 'they wait for their reservation to begin',
  ReservationDeleted:
    'the reservation of the operator does not exist any more; the operator has to choose another',
  Licenses: 'all licences that they need are in use',
  Reboot: 'their nodes are restarting',
  BadConstraints:
    'no node has what the operator’s options require, so they never start; the operator has to change them',
  InvalidAccount: 'the account of the operator’s options is not valid, so they never start',
  InvalidQOS: 'the QOS of the operator’s options is not valid, so they never start',
  AccountNotAllowed:
    'the account may not use the partition, so they never start; the operator has to choose another',
  QOSNotAllowed:
    'the QOS may not be used in the partition, so they never start; the operator has to choose another',
  JobHoldMaxRequeue: 'Slurm has requeued them too often and holds them',
  FrontEndDown: 'no node of the cluster that starts jobs is available',
  SystemFailure: 'Slurm, the file system or the network of the cluster has a problem',
  Cleaning: 'Slurm is still cleaning up after an earlier attempt to start them',
};

/** What begins the text of a reason that has no code. */
const sentences: readonly (readonly [start: string, code: string])[] = [
  ['Nodes required for job are DOWN, DRAINED or reserved', 'ReqNodeNotAvail'],
  ['launch failed requeued held', 'JobHoldMaxRequeue'],
];

/** Reads a reason, such as `Priority` or `ReqNodeNotAvail, UnavailableNodes:n[1-2]`. One that is not known is shown as it is. */
export const waitReasonOf = (text: string): WaitReason => {
  const [, code = ''] = /^\(?(\w+)\)?(?:$|[,:])/.exec(text.trim()) ?? [];
  const known = code === '' ? sentences.find(([start]) => text.startsWith(start))?.[1] : code;
  if (known === undefined)
    return { code: 'other', meaning: `Slurm says: ${text.slice(0, maxUnknownLength) || 'nothing'}` };
  return { code: known, meaning: meanings[known] ?? limitMeaningOf(known) ?? 'Slurm gives no other reason' };
};

/** Of a text that is not known; the others have their own words. */
const maxUnknownLength = 120;

/** Limits have some hundred codes of one form: AssocGrpCpuLimit, QOSMaxJobsPerUserLimit. */
const limitMeaningOf = (code: string): string | undefined => {
  const [, source, rest] = /^(QOS|Assoc|MaxPer|Job)(\w*)$/.exec(code) ?? [];
  if (source === undefined || rest === undefined || !/Limit|Max|Min|Grp|Account/.test(code)) return undefined;
  const whose = source === 'QOS' ? 'of the QOS' : 'of your account or association';
  const subject = subjects.find(([pattern]) => pattern.test(rest))?.[1] ?? 'resources';
  if (/^Min/.test(rest))
    return `they request fewer ${subject} than a limit ${whose} demands, so they never start`;
  const scope = /Grp/.test(rest)
    ? 'all its users together'
    : /User|MaxJobs|MaxSubmit/.test(rest)
      ? 'one user'
      : 'one job or account';
  return `a limit ${whose} on the ${subject} of ${scope} is reached; they start when others have ended, unless a single job exceeds it`;
};

const subjects: readonly (readonly [pattern: RegExp, subject: string])[] = [
  [/CpuRunMinutes|CPURunMin|RunMin/i, 'reserved processor minutes'],
  [/CpuMin|CPUMin|BillingMin|TresMin|TRESMin/i, 'processor minutes'],
  [/Cpu/i, 'processors'],
  [/Mem/i, 'memory'],
  [/Gres|GRES/i, 'GPUs or other generic resources'],
  [/Node/i, 'nodes'],
  [/Submit/i, 'submitted jobs'],
  [/Job/i, 'running jobs'],
  [/Wall/i, 'run time'],
];
