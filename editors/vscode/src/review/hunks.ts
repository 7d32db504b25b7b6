/** The hunks of the files in sight, as the server tells them. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { isKnown } from "../place";
import type { Hunk } from "../protocol";
import type { Changes } from "./changes";
import { Newest } from "./newest";

/** Diagnostics come in bursts. */
const DELAY_MS = 50;

export class Hunks implements vscode.Disposable {
  private readonly byUri = new Map<string, Hunk[]>();
  private readonly due = new Map<string, NodeJS.Timeout>();
  private readonly looks = new Newest();
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
      changes.onDidChange((uri) => {
        if (this.inSight().has(uri)) {
          this.lookSoon(uri);
        } else {
          this.byUri.delete(uri);
        }
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => this.inSight().forEach((uri) => this.lookSoon(uri))),
    ];
  }

  of(uri: string): readonly Hunk[] {
    return this.byUri.get(uri) ?? [];
  }

  dispose(): void {
    this.registrations.forEach((registration) => registration.dispose());
    this.due.forEach((timer) => clearTimeout(timer));
  }

  private inSight(): Set<string> {
    const uris = vscode.window.visibleTextEditors.map(({ document }) => document.uri);
    return new Set(uris.filter(isKnown).map((uri) => this.bridge.asUri(uri)));
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
    const isNewest = this.looks.ask(uri);
    const isChanged = this.changes.of(uri).length > 0;
    const hunks = isChanged ? await this.bridge.request<Hunk[]>("opencode/hunks", { textDocument: { uri } }) : [];
    if (!isNewest() || this.due.has(uri)) {
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
