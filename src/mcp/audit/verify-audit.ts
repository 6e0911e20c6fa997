/** Verifies the chains of an audit file, and reports where one is broken. */
import { firstHash, hashOf } from './audit.ts';

export interface ChainReport {
  readonly chain: string;
  readonly lines: number;
  /** The first line of the file at which the chain is broken, and why. */
  readonly broken?: { readonly line: number; readonly why: string };
}

export interface AuditReport {
  readonly isIntact: boolean;
  readonly chains: readonly ChainReport[];
  /** Lines of the file that are not audit records. */
  readonly unreadable: readonly number[];
}

interface Link {
  readonly chain: string;
  readonly line: number;
  readonly previous: string;
  readonly hash: string;
}

/**
 * Verifies an audit file.
 * @param lines of the file, without line endings
 * @returns a report; it cannot show that the end of a chain was removed
 */
export const verifyAudit = async (lines: AsyncIterable<string> | Iterable<string>): Promise<AuditReport> => {
  const chains = new Map<string, { lines: number; hash: string; broken?: ChainReport['broken'] }>();
  const unreadable: number[] = [];
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text === '') continue;
    const link = linkOf(text);
    if (link === undefined) {
      unreadable.push(number);
      continue;
    }
    const known = chains.get(link.chain) ?? { lines: 0, hash: firstHash };
    const why = known.broken === undefined ? problemOf(text, link, known.lines, known.hash) : undefined;
    chains.set(link.chain, {
      lines: known.lines + 1,
      hash: link.hash,
      ...(known.broken !== undefined && { broken: known.broken }),
      ...(why !== undefined && { broken: { line: number, why } }),
    });
  }
  const reports = [...chains].map(([chain, { lines: count, broken }]) => ({
    chain,
    lines: count,
    ...(broken !== undefined && { broken }),
  }));
  return {
    isIntact: unreadable.length === 0 && reports.every((report) => report.broken === undefined),
    chains: reports,
    unreadable,
  };
};

const problemOf = (text: string, link: Link, lines: number, hash: string): string | undefined => {
  if (hashOf(`${text.slice(0, text.lastIndexOf(',"hash":'))}}`) !== link.hash) return 'the line was changed';
  if (link.line !== lines + 1) return `line ${lines + 1} of the chain is missing`;
  if (link.previous !== hash) return 'it does not follow the line before it';
  return undefined;
};

const linkOf = (text: string): Link | undefined => {
  try {
    const { chain, line, previous, hash } = JSON.parse(text) as Partial<Link>;
    if (typeof chain !== 'string' || typeof line !== 'number') return undefined;
    if (typeof previous !== 'string' || typeof hash !== 'string') return undefined;
    return { chain, line, previous, hash };
  } catch {
    return undefined;
  }
};
