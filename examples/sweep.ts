/** A parameter sweep: one instance for each value, and the best value selected from the logs. */
import { connect, Placement, task } from './connect.ts';

const { call, close } = await connect('example-sweep');
try {
  const rates = [0.01, 0.03, 0.1, 0.3, 1, 3];
  // Each instance uses the value at its index. The loss is lowest at 0.1.
  const train = `set -- $RATES; shift "$BATCH_TASK_INSTANCE_INDEX"
    awk -v rate="$1" 'BEGIN { print "loss", (log(rate) - log(0.1)) ^ 2 }'`;
  const { JobId } = await call<{ JobId: string }>('SubmitJob', {
    Placement,
    Job: {
      JobName: 'sweep',
      Tasks: [
        task('train', train, {
          TaskInstanceNum: rates.length,
          EnvVars: [{ Name: 'RATES', Value: rates.join(' ') }],
        }),
      ],
    },
  });
  const { JobState } = await call<{ JobState: string }>('WaitForJob', { JobId });

  type Logs = { TaskInstanceLogSet: { TaskInstanceIndex: number; StdoutLog: string }[] };
  const logs = await call<Logs>('DescribeTaskLogs', { JobId, TaskName: 'train', Limit: rates.length });
  const losses = logs.TaskInstanceLogSet.map(({ TaskInstanceIndex, StdoutLog }) => ({
    rate: rates[TaskInstanceIndex],
    loss: Number(/loss (\S+)/.exec(StdoutLog)?.[1]),
  }));
  console.log(JobState, losses);
  console.log('best rate:', losses.sort((a, b) => a.loss - b.loss)[0]?.rate);
} finally {
  await close();
}
