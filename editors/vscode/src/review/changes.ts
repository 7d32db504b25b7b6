/** opencode's changes that are not reviewed, as its diagnostics tell them. */

/** A diagnostic, as far as it matters here. */
export interface Told {
  source?: string | undefined;
  code?: unknown;
  message: string;
  data?: unknown;
  line: number;
}

export interface Change {
  /** For opencode.review.keep and .undo. */
  id: string;
  /** 0-based. */
  line: number;
  /** What it is, such as “changed 2 lines”. */
  what: string;
  /** It meets unsaved text of the user's. */
  isConflict: boolean;
}

export interface ChangedFile {
  /** As the server writes it. */
  uri: string;
  changes: Change[];
}

const SOURCE = "opencode";
const PERMISSION = "permission";
const CONFLICT = "unsaved";

export class Changes {
  private readonly byUri = new Map<string, Change[]>();
  private readonly listeners = new Set<(uri: string) => void>();

  /** In the order of their names. */
  get files(): ChangedFile[] {
    const files = [...this.byUri].map(([uri, changes]) => ({ uri, changes }));
    return files.sort((left, right) => (left.uri < right.uri ? -1 : 1));
  }

  of(uri: string): readonly Change[] {
    return this.byUri.get(uri) ?? [];
  }

  onDidChange(listener: (uri: string) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** The newest diagnostics of a file. */
  set(uri: string, diagnostics: readonly Told[]): void {
    const changes = changesIn(diagnostics);
    if (changes.length === 0 && !this.byUri.has(uri)) {
      return;
    }
    if (changes.length === 0) {
      this.byUri.delete(uri);
    } else {
      this.byUri.set(uri, changes);
    }
    this.tell(uri);
  }

  clear(): void {
    const uris = [...this.byUri.keys()];
    this.byUri.clear();
    uris.forEach((uri) => this.tell(uri));
  }

  private tell(uri: string): void {
    for (const listener of [...this.listeners]) {
      listener(uri);
    }
  }
}

function changesIn(diagnostics: readonly Told[]): Change[] {
  const changes: Change[] = [];
  for (const { source, code, message, data, line } of diagnostics) {
    const id = idOf(data);
    if (source === SOURCE && code !== PERMISSION && id !== undefined) {
      changes.push({ id, line, what: message.replace(/^opencode /, ""), isConflict: code === CONFLICT });
    }
  }
  return changes.sort((left, right) => left.line - right.line);
}

function idOf(data: unknown): string | undefined {
  const id = typeof data === "object" && data !== null && "id" in data ? data.id : undefined;
  return typeof id === "string" ? id : undefined;
}

/** The changes that a selection touches: whole lines, 0-based, both ends included. */
export function changesAt(
  hunks: readonly { id: string; first: number; last: number }[],
  first: number,
  last: number,
): string[] {
  return hunks.filter((hunk) => hunk.first <= last && first <= hunk.last).map(({ id }) => id);
}
