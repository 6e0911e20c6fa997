/** Task templates: inserted, found, changed, deleted. */
import type { Database } from './database.ts';

export interface TaskTemplateRow {
  readonly templateId: string;
  readonly name: string;
  readonly description: string;
  /** JSON of the task, as submitted. */
  readonly info: string;
  /** JSON of `Tags`. */
  readonly tags: string;
  readonly createTime: number;
}

const columns = 'template_id AS templateId, name, description, info, tags, create_time AS createTime';

export const insertTemplate = (db: Database, region: string, template: TaskTemplateRow): void => {
  db.run(
    `INSERT INTO task_templates (region, template_id, name, description, info, tags, create_time)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    region,
    template.templateId,
    template.name,
    template.description,
    template.info,
    template.tags,
    template.createTime,
  );
};

export const findTemplate = (db: Database, region: string, templateId: string): TaskTemplateRow | undefined =>
  db.get<TaskTemplateRow>(
    `SELECT ${columns} FROM task_templates WHERE region = ? AND template_id = ?`,
    region,
    templateId,
  );

/** How many templates a region has; the quota counts them. */
export const countTemplates = (db: Database, region: string): number =>
  db.get<{ n: number }>('SELECT count(*) AS n FROM task_templates WHERE region = ?', region)?.n ?? 0;

/** All templates of a region, newest first. The quota limits them to fifty, so filters are applied outside SQL. */
export const listTemplates = (db: Database, region: string): TaskTemplateRow[] =>
  db.all<TaskTemplateRow>(`SELECT ${columns} FROM task_templates WHERE region = ? ORDER BY seq DESC`, region);

export const updateTemplate = (
  db: Database,
  templateId: string,
  change: Pick<TaskTemplateRow, 'name' | 'description' | 'info'>,
): void => {
  db.run(
    'UPDATE task_templates SET name = ?, description = ?, info = ? WHERE template_id = ?',
    change.name,
    change.description,
    change.info,
    templateId,
  );
};

export const deleteTemplate = (db: Database, templateId: string): void => {
  db.run('DELETE FROM task_templates WHERE template_id = ?', templateId);
};
