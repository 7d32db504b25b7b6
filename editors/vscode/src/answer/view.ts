/** The answers as they come, beside the code. */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { page, preformatted } from "./page";
import { markdownOf, Turns } from "./turns";

const TYPE = "opencode.answers";
/** Pieces come faster than one can read. */
const EVERY_MS = 150;

export class AnswerView implements vscode.Disposable {
  private readonly turns = new Turns();
  private readonly registrations: vscode.Disposable[];
  private panel: vscode.WebviewPanel | undefined;
  private due: NodeJS.Timeout | undefined;

  constructor(
    bridge: Bridge,
    private readonly extension: vscode.Uri,
  ) {
    this.registrations = [
      bridge.onAnswer((piece) => {
        this.turns.add(piece);
        this.renderSoon();
      }),
      bridge.onState((state) => {
        if (state.kind !== "running") {
          this.turns.end();
          this.renderSoon();
        }
      }),
    ];
  }

  /** Shows the answers beside the code, which keeps the focus. */
  open(): void {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, true);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    // The page holds what a model wrote: no commands, no files.
    const options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [], enableFindWidget: true };
    const panel = vscode.window.createWebviewPanel(TYPE, "opencode Answers", place, options);
    panel.iconPath = vscode.Uri.joinPath(this.extension, "images", "icon.png");
    panel.onDidDispose(() => (this.panel = undefined));
    panel.onDidChangeViewState(() => this.renderSoon());
    // A page that is hidden and shown again begins anew.
    panel.webview.onDidReceiveMessage(() => this.render());
    panel.webview.html = page(randomBytes(16).toString("hex"));
    this.panel = panel;
  }

  dispose(): void {
    clearTimeout(this.due);
    this.panel?.dispose();
    vscode.Disposable.from(...this.registrations).dispose();
  }

  private renderSoon(): void {
    if (this.panel !== undefined && this.due === undefined) {
      this.due = setTimeout(() => {
        this.due = undefined;
        void this.render();
      }, EVERY_MS);
    }
  }

  private async render(): Promise<void> {
    const html = await htmlOf(markdownOf(this.turns.all));
    await this.panel?.webview.postMessage({ html });
  }
}

/** By VS Code's own Markdown extension; the bare text where that is switched off. */
async function htmlOf(markdown: string): Promise<string> {
  try {
    return await vscode.commands.executeCommand<string>("markdown.api.render", markdown);
  } catch {
    return preformatted(markdown);
  }
}
