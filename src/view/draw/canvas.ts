/** Draws cells on a canvas. */
import { kindOf } from '../format.ts';
import type { CellGroup } from './cells.ts';

export interface Grid {
  /** Distance of two cells, in CSS pixels. */
  readonly pitch: number;
  readonly columns: number;
}

/** Few cells are large, so that they are easy to hit. */
export const gridOf = (count: number, width: number): Grid => {
  const pitch = count <= 200 ? 16 : count <= 1_000 ? 12 : count <= 2_500 ? 8 : 6;
  return { pitch, columns: Math.max(1, Math.floor(width / pitch)) };
};

/** Draws a group; its colours are those of the style sheet. @param active the cell with the frame; undefined for none */
export const drawCells = (canvas: HTMLCanvasElement, group: CellGroup, active: number | undefined): void => {
  const width = canvas.parentElement?.clientWidth ?? 0;
  const context = canvas.getContext('2d');
  if (width === 0 || context === null) return;
  const { pitch, columns } = gridOf(group.cells.length, width);
  const height = Math.ceil(group.cells.length / columns) * pitch;
  const scale = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
  // Setting the size clears the canvas, and costs a new layout.
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
    canvas.style.setProperty('--height', `${height}px`);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colours = new Map<string, string>();
  const colourOf = (kind: string): string => {
    const known = colours.get(kind) ?? style.getPropertyValue(`--${kind}`).trim();
    colours.set(kind, known);
    return known;
  };
  const side = pitch - (pitch > 6 ? 2 : 1);
  for (const [index, { letter }] of group.cells.entries()) {
    const { kind } = kindOf(letter);
    const [x, y] = [(index % columns) * pitch, Math.floor(index / columns) * pitch];
    context.fillStyle = colourOf(kind);
    context.fillRect(x, y, side, side);
    // Failed cells differ in form as well, for those who cannot tell the colours apart.
    if ((kind === 'failed' || kind === 'interrupted') && side >= 5) {
      context.fillStyle = colourOf('page');
      const notch = Math.max(2, Math.round(side / 3));
      context.fillRect(x + (side - notch) / 2, y + (side - notch) / 2, notch, notch);
    }
  }
  if (active === undefined) return;
  context.strokeStyle = colourOf('text');
  context.lineWidth = 2;
  context.strokeRect((active % columns) * pitch, Math.floor(active / columns) * pitch, side, side);
};

/** The cell at a position in CSS pixels; undefined beside the cells. */
export const cellAt = (count: number, width: number, x: number, y: number): number | undefined => {
  const { pitch, columns } = gridOf(count, width);
  const column = Math.floor(x / pitch);
  if (column < 0 || column >= columns || y < 0) return undefined;
  const index = Math.floor(y / pitch) * columns + column;
  return index < count ? index : undefined;
};
