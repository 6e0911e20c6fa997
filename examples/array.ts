/** An array job whose instances fail in two ways: one call diagnoses it, another one searches its logs. */
import { connect, Placement, task } from './connect.ts';

const { call, close } = await connect('example-array');
try {
  const { JobId } = await call<{ JobId: string }>('SubmitJob', {
    Placement,
    Job: {
      JobName: 'frames',
      Tasks: [
        task(
          'render',
          `case $BATCH_TASK_INSTANCE_INDEX in
             4|9|14) echo "frame $BATCH_TASK_INSTANCE_INDEX: texture missing" >&2; exit 3;;
             11) echo "frame 11: out of colours" >&2; exit 7;;
             *) echo "frame $BATCH_TASK_INSTANCE_INDEX: rendered";;
           esac`,
          { TaskInstanceNum: 16 },
        ),
      ],
    },
  });
  await call('WaitForJob', { JobId });

  type Kind = { count: number; where: string; ExitCode: number };
  const { summary, kinds } = await call<{ summary: string; kinds: Kind[] }>('DiagnoseJob', { JobId });
  console.log(summary);
  for (const { count, where, ExitCode } of kinds) console.log(`  ${count} × exit code ${ExitCode}: ${where}`);

  const search = { JobId, TaskName: 'render', pattern: 'texture', stream: 'stderr' };
  console.log(JSON.stringify(await call('SearchTaskLogs', search), null, 2));
} finally {
  await close();
}
