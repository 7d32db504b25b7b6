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
  async showFile(uri: string): Promise<void> {
    if (!(await this.baseline(uri))) {
      await this.bridge.execute("opencode.diff.show", { uri });
      return;
    }
    const after = await afterUri(uri);
    const name = vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
    await vscode.commands.executeCommand("vscode.diff", beforeUri(uri), after, `${name} (Changes by opencode)`);
  }

  /** The diffs of all changed files in one editor. */
  async showAll(): Promise<void> {
    const rows: vscode.Uri[][] = [];
    let missing = false;
    for (const { uri } of this.changes.files) {
      if (await this.baseline(uri)) {
        rows.push([vscode.Uri.parse(uri), beforeUri(uri), await afterUri(uri)]);
      } else {
        missing = true;
      }
    }
    if (rows.length === 0 || missing) {
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
  return virtualUri(BEFORE, vscode.Uri.parse(uri).path, uri);
}

/** The file, or nothing where opencode removed it. */
async function afterUri(uri: string): Promise<vscode.Uri> {
  const file = vscode.Uri.parse(uri);
  try {
    await vscode.workspace.fs.stat(file);
    return file;
  } catch {
    return virtualUri(GONE, file.path, uri);
  }
}
