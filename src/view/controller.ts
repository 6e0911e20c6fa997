/** Shows the state of the page, and turns clicks and keys into changes of it. */

import { cellAt, drawCells, gridOf } from './draw/canvas.ts';
import { type CellGroup, moveOf } from './draw/cells.ts';
import { show } from './draw/element.ts';
import { pageOf } from './page.ts';
import type { InstanceAddress, OpenLog, PageState } from './page-state.ts';
import { isRequest, type Request } from './requests.ts';

export interface Actions {
  /** Reads the log of an instance. @throws Error with the reason for the user */
  readLog(address: InstanceAddress): Promise<Pick<OpenLog, 'stdout' | 'stderr' | 'note'>>;
  ask(request: Request): void;
  askAboutLog(address: InstanceAddress): void;
  refresh(): void;
}

export interface Controller {
  readonly state: () => PageState;
  change(part: Partial<PageState>): void;
  /** Draws the cells again, in the colours and the width of now. */
  redraw(): void;
}

const noLines = { stdout: '', stderr: '', note: '' } as const;

export const createController = (root: HTMLElement, initial: PageState, actions: Actions): Controller => {
  let state = initial;
  let groups: readonly CellGroup[] = [];
  let opener: Element | null = null;

  const groupOf = (key: string | undefined) => groups.find((one) => one.key === key);
  const redraw = (): void => {
    for (const canvas of root.querySelectorAll('canvas')) {
      const group = groupOf(canvas.dataset.cells);
      const isFocused = canvas.parentElement === document.activeElement;
      if (group) drawCells(canvas, group, isFocused ? (state.active[group.key] ?? 0) : undefined);
    }
  };
  const change = (part: Partial<PageState>): void => {
    state = { ...state, ...part };
    const page = pageOf(state);
    groups = page.groups;
    show(root, page.parts);
    redraw();
  };
  const openLog = async (address: InstanceAddress, from: Element): Promise<void> => {
    // The buttons for other attempts are in the panel, which is closed later.
    if (from.closest('.log') === null) opener = from;
    change({ log: { ...address, ...noLines, status: 'loading' } });
    document.getElementById('log-title')?.focus();
    const isOpen = (): boolean =>
      state.log?.task === address.task &&
      state.log.instance === address.instance &&
      state.log.attempt === address.attempt;
    try {
      const log = await actions.readLog(address);
      if (isOpen()) change({ log: { ...address, ...log, status: 'ready' } });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (isOpen()) change({ log: { ...address, ...noLines, status: 'failed', problem } });
    }
  };
  const closeLog = (): void => {
    change({ log: undefined });
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
  const openCell = (list: HTMLElement, at: number): void => {
    const group = groupOf(list.dataset.group);
    const cell = group?.cells[at];
    if (group === undefined || cell === undefined) return;
    change({ active: { ...state.active, [group.key]: at } });
    void openLog({ task: cell.task, instance: cell.instance }, list);
  };
  const perform = (element: HTMLElement | SVGElement): void => {
    const { do: what, request, task, instance, attempt } = element.dataset;
    if (what === 'log') {
      const address = { task: Number(task), instance: Number(instance) };
      // The API has only the last attempt, and refuses to read another one.
      const hasAttempts = attempt !== undefined && state.course?.coverage.attempts === 'all';
      void openLog(hasAttempts ? { ...address, attempt: Number(attempt) } : address, element);
    }
    if (what === 'ask' && isRequest(request)) actions.ask(request);
    if (what === 'ask-log' && state.log) actions.askAboutLog(state.log);
    if (what === 'close-log') closeLog();
    if (what === 'refresh') actions.refresh();
  };

  listen(root, { groupOf, state: () => state, change, openCell, perform, closeLog });
  // The frame of the active cell is shown where the focus is.
  root.addEventListener('focusin', redraw);
  root.addEventListener('focusout', () => queueMicrotask(redraw));
  change({});
  return { state: () => state, change, redraw };
};

interface Listener {
  groupOf(key: string | undefined): CellGroup | undefined;
  state(): PageState;
  change(part: Partial<PageState>): void;
  openCell(list: HTMLElement, at: number): void;
  perform(element: HTMLElement | SVGElement): void;
  closeLog(): void;
}

const listen = (root: HTMLElement, listener: Listener): void => {
  const { groupOf, state, change, openCell, perform, closeLog } = listener;
  root.addEventListener('click', (event) => {
    const { target } = event;
    if (!(target instanceof Element)) return;
    const element = target.closest('[data-do]');
    if (element instanceof HTMLElement || element instanceof SVGElement) perform(element);
    const list = target.closest<HTMLElement>('.cells');
    if (list === null || !(target instanceof HTMLCanvasElement)) return;
    const group = groupOf(list.dataset.group);
    const at = cellAt(group?.cells.length ?? 0, list.clientWidth, event.offsetX, event.offsetY);
    if (at !== undefined) openCell(list, at);
  });
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && state().log !== undefined) closeLog();
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.classList.contains('cells')) return;
    const group = groupOf(target.dataset.group);
    if (group === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = state().active[group.key] ?? 0;
    const { columns } = gridOf(group.cells.length, target.clientWidth);
    const next = moveOf(event.key, at, group.cells, columns);
    if (next !== undefined) change({ active: { ...state().active, [group.key]: next } });
    else if (event.key === 'Enter' || event.key === ' ') openCell(target, at);
    else return;
    event.preventDefault();
  });
};
