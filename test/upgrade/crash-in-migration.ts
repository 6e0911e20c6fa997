/** Migrates the database named on the command line, and dies by SIGKILL just before the transaction commits. */
import { openDatabase } from '../../src/engine/store/database.ts';
import { migrate } from '../../src/engine/store/migrations.ts';

const db = openDatabase(process.argv[2] ?? '');
migrate({
  ...db,
  run: (sql, ...values) => {
    if (sql === 'COMMIT') process.kill(process.pid, 'SIGKILL');
    return db.run(sql, ...values);
  },
});
