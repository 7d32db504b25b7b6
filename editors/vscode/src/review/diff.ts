/** The text before opencode's changes beside the file, in VS Code's own diff editor. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import type { Baseline } from "../protocol";
import { type VirtualDocuments, virtualUri } from "../virtual";
import type { Changes } from "./changes";

const BEFORE = "before";
const GONE = "gone";

export class Diffs implements vscode.Disposable {
  private readonly listening: { dispose(): void };

  constructor(
    private readonly bridge: Bridge,
    private readonly changes: Changes,
    virtual: VirtualDocuments,
  ) {
    virtual.serve(BEFORE, (uri) => this.before(uri.query));
    virtual.serve(GONE, () => "");
    this.listening = changes.onDidChange((uri) => virtual.changed(beforeUri(uri)));
  }

  dispose(): void {
    this.listening.dispose();
  }

  /** The diff of a file; the server's own, as text, where the text before is not known. */
  async showFile(file: vscode.Uri): Promise<void> {
    // Others may write the same URI in another way.
    const uri = this.bridge.asUri(file);
    if (!(await this.baseline(uri))) {
      await this.bridge.execute("opencode.diff.show", { uri });
      return;
    }
    const after = (await exists(file)) ? file : virtualUri(GONE, file, uri);
    const name = vscode.workspace.asRelativePath(file);
    await vscode.commands.executeCommand("vscode.diff", beforeUri(uri), after, `${name} (Changes by opencode)`);
  }

  /** The diffs of all changed files in one editor; the server's own, where one text before is not known. */
  async showAll(): Promise<void> {
    const rows: (vscode.Uri | undefined)[][] = [];
    for (const { uri } of this.changes.files) {
      const baseline = await this.baseline(uri);
      if (!baseline) {
        await this.bridge.execute("opencode.diff.show");
        return;
      }
      const file = vscode.Uri.parse(uri);
      // A side that is missing is shown as a new or a deleted file.
      rows.push([file, baseline.text === null ? undefined : beforeUri(uri), (await exists(file)) ? file : undefined]);
    }
    if (rows.length === 0) {
      await this.bridge.execute("opencode.diff.show");
      return;
    }
    await vscode.commands.executeCommand("vscode.changes", "Changes by opencode", rows);
  }

  private baseline(uri: string): Promise<Baseline | null | undefined> {
    return this.bridge.request<Baseline | null>("opencode/baseline", { textDocument: { uri } });
  }

  private async before(uri: string): Promise<string> {
    const text = (await this.baseline(uri))?.text;
    if (text !== undefined) {
      // VS Code leaves the byte order mark of a file away, too.
      return text?.replace(/^\uFEFF/, "") ?? "";
    }
    return this.current(uri);
  }

  /** Nothing is changed any more: both sides are the same. */
  private async current(uri: string): Promise<string> {
    try {
      return (await vscode.workspace.openTextDocument(vscode.Uri.parse(uri))).getText();
    } catch {
      return "";
    }
  }
}

function beforeUri(uri: string): vscode.Uri {
  return virtualUri(BEFORE, vscode.Uri.parse(uri), uri);
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
