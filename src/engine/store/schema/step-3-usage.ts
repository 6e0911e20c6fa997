/** Step 3, for 0.2.0: what the processes of an attempt used. An attempt that was not measured has no row. */
export const usageStep3 = `
CREATE TABLE usage (
  task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  instance_index INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  time INTEGER NOT NULL,
  cpu_seconds REAL NOT NULL,
  peak_memory INTEGER NOT NULL,
  PRIMARY KEY (task, instance_index, attempt)
) STRICT, WITHOUT ROWID;
`;
