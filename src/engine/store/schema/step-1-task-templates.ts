/** Step 1, as released with 0.1.0: task templates. Times are milliseconds. */
export const taskTemplatesSchema = `
CREATE TABLE task_templates (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  template_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  info TEXT NOT NULL,
  tags TEXT NOT NULL,
  create_time INTEGER NOT NULL
) STRICT;
CREATE INDEX task_templates_newest ON task_templates (region, seq DESC);
`;
