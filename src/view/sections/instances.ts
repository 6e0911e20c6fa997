/** The instances as cells, each of which opens its log. */
import type { JobCourse } from '../../mcp/job-view/course.ts';
import { type CellGroup, cellText, groupText } from '../draw/cells.ts';
import { type Part, part } from '../draw/element.ts';
import type { PageState } from '../page-state.ts';

export const instancesOf = (
  course: JobCourse,
  groups: readonly CellGroup[],
  state: PageState,
): Part | undefined =>
  groups.length === 0
    ? undefined
    : part(
        'section',
        { class: 'instances', 'data-key': 'instances', 'aria-labelledby': 'instances-title' },
        part('h2', { id: 'instances-title' }, 'Instances'),
        part(
          'p',
          { class: 'quiet', id: 'instances-help' },
          'Arrow keys move between cells, N to the next failed one; Enter or a click opens the log.',
        ),
        ...groups.map((group) => groupOf(group, course, state.active[group.key] ?? 0)),
      );

/** A list box whose options are drawn; only the active one is an element, as for every list of this size. */
const groupOf = (group: CellGroup, course: JobCourse, at: number): Part => {
  const cell = group.cells[at];
  const text = cell === undefined ? '' : cellText(cell, course, group.key === 'single');
  const id = `${group.key}-active`;
  return part(
    'div',
    { class: 'cell-group', 'data-key': group.key },
    part('h3', {}, groupText(group)),
    part(
      'div',
      {
        ...{ class: 'cells', role: 'listbox', tabindex: 0, 'data-group': group.key },
        'aria-label': groupText(group),
        'aria-describedby': 'instances-help',
        'aria-activedescendant': id,
      },
      part('canvas', { 'aria-hidden': 'true', 'data-cells': group.key }),
      part(
        'div',
        {
          ...{ role: 'option', class: 'cell-text', id, 'aria-selected': 'true' },
          'aria-posinset': at + 1,
          'aria-setsize': group.cells.length,
        },
        text,
      ),
    ),
  );
};
