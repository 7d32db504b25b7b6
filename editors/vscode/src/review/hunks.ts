/** The hunks of the files in sight, as the server tells them. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { isKnown } from "../place";
import type { Hunk } from "../protocol";
import type { Changes } from "./changes";

/** Diagnostics come in bursts. */
const DELAY_MS = 50;

export class Hunks implements vscode.Disposable {
  private readonly byUri = new Map<string, Hunk[]>();
  private readonly due = new Map<string, NodeJS.Timeout>();
  private readonly emitter = new vscode.EventEmitter<string>();
  private readonly registrations: { dispose(): void }[];
  /** Tells the URI, as the server writes it. */
  readonly onDidChange = this.emitter.event;

  constructor(
    private readonly bridge: Bridge,
    private readonly changes: Changes,
  ) {
    this.registrations = [
      this.emitter,
      changes.onDidChange((uri) => this.lookSoon(uri)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const { document } of editors) {
          if (isKnown(document.uri)) {
            this.lookSoon(bridge.asUri(document.uri));
          }
        }
      }),
    ];
  }

  of(uri: string): readonly Hunk[] {
    return this.byUri.get(uri) ?? [];
  }

  dispose(): void {
    this.registrations.forEach((registration) => registration.dispose());
    this.due.forEach((timer) => clearTimeout(timer));
  }

  private lookSoon(uri: string): void {
    clearTimeout(this.due.get(uri));
    this.due.set(
      uri,
      setTimeout(() => void this.look(uri), DELAY_MS),
    );
  }

  private async look(uri: string): Promise<void> {
    this.due.delete(uri);
    const isChanged = this.changes.of(uri).length > 0;
    const hunks = isChanged ? await this.bridge.request<Hunk[]>("opencode/hunks", { textDocument: { uri } }) : [];
    if (this.due.has(uri)) {
      return;
    }
    if (hunks === undefined || hunks.length === 0) {
      this.byUri.delete(uri);
    } else {
      this.byUri.set(uri, hunks);
    }
    this.emitter.fire(uri);
  }
}
