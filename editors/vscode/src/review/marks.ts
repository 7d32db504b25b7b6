/** Which lines of a file are marked, and what is told of them. */

import { oneLine } from "../inert";
import type { Hunk } from "../protocol";

export type MarkKind = "added" | "changed" | "removed";

export interface Mark {
  kind: MarkKind;
  id: string;
  /** 0-based, both included. */
  first: number;
  last: number;
  /** The lines that stood there before. */
  removed: string[];
  /** Shown behind the first line, where the lines alone do not tell. */
  note?: string;
}

const NOTE_LIMIT = 80;

/** `lineCount` is that of the document, which may have changed since. */
export function marksOf(hunks: readonly Hunk[], lineCount: number): Mark[] {
  const end = Math.max(lineCount - 1, 0);
  return hunks.map(({ id, range, removed }) => {
    const first = range.start.line;
    const isEmpty = range.end.line === first && range.end.character === 0;
    if (isEmpty) {
      const at = Math.min(first, end);
      return { kind: "removed", id, first: at, last: at, removed, note: removedNote(removed, first > end) };
    }
    // Whole lines end at the start of the next one.
    const last = range.end.character === 0 ? range.end.line - 1 : range.end.line;
    const lines = { id, first: Math.min(first, end), last: Math.min(last, end), removed };
    const [only] = removed;
    if (only === undefined) {
      return { kind: "added", ...lines };
    }
    const was = removed.length === 1 ? `was: ${oneLine(only, NOTE_LIMIT)}` : `was ${removed.length} lines`;
    return { kind: "changed", ...lines, note: was };
  });
}

function removedNote(removed: readonly string[], isPastEnd: boolean): string {
  const where = isPastEnd ? "below" : "above";
  const [only] = removed;
  if (removed.length === 1 && only !== undefined) {
    return `removed ${where}: ${oneLine(only, NOTE_LIMIT)}`;
  }
  return `removed ${where}: ${removed.length} lines`;
}
