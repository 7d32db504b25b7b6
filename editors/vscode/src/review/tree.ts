/** The tree “Changes by opencode”: its files, and their changes. */

import * as vscode from "vscode";
import { setContext } from "../status";
import type { Change, Changes } from "./changes";

const VIEW = "opencode.changes";
/** Diagnostics come in bursts, of many files. */
const DELAY_MS = 50;

export type Node = { kind: "file"; uri: string } | { kind: "change"; uri: string; change: Change };

export class ChangesTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Node>;
  private readonly registrations: { dispose(): void }[];
  private due: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly changes: Changes) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.registrations = [this.emitter, this.view, changes.onDidChange(() => this.refreshSoon())];
    this.refresh();
  }

  dispose(): void {
    clearTimeout(this.due);
    this.registrations.forEach((registration) => registration.dispose());
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      return this.changes.files.map(({ uri }) => ({ kind: "file", uri }));
    }
    return node.kind === "file"
      ? this.changes.of(node.uri).map((change) => ({ kind: "change", uri: node.uri, change }))
      : [];
  }

  getParent(node: Node): Node | undefined {
    return node.kind === "change" ? { kind: "file", uri: node.uri } : undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "file" ? this.fileItem(node.uri) : changeItem(node.uri, node.change);
  }

  private fileItem(uri: string): vscode.TreeItem {
    const resource = vscode.Uri.parse(uri);
    const changes = this.changes.of(uri);
    const item = new vscode.TreeItem(resource, vscode.TreeItemCollapsibleState.Expanded);
    item.id = uri;
    // The file's own icon, though there are entries below it.
    item.iconPath = vscode.ThemeIcon.File;
    const path = vscode.workspace.asRelativePath(resource);
    item.description = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    item.tooltip = `${path}: ${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
    item.contextValue = "file";
    item.command = {
      command: "opencode.tree.diff",
      title: "Show Diff",
      arguments: [{ kind: "file", uri } satisfies Node],
    };
    return item;
  }

  private refreshSoon(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      this.refresh();
    }, DELAY_MS);
  }

  private refresh(): void {
    const files = this.changes.files;
    const count = files.reduce((sum, { changes }) => sum + changes.length, 0);
    this.view.badge = count > 0 ? { value: count, tooltip: `${count} not reviewed` } : undefined;
    setContext(
      "changedPaths",
      files.flatMap(({ uri }) => pathsOf(vscode.Uri.parse(uri))),
    );
    this.emitter.fire(undefined);
  }
}

/** What `resourcePath` may be in a `when` clause: in a remote window it is not the system's form. */
function pathsOf(uri: vscode.Uri): string[] {
  return [uri.fsPath, uri.path];
}

function changeItem(uri: string, change: Change): vscode.TreeItem {
  const item = new vscode.TreeItem(`${change.line + 1}: ${change.what}`);
  item.id = `${uri} ${change.id}`;
  item.iconPath = new vscode.ThemeIcon(change.isConflict ? "warning" : "diff-modified");
  item.tooltip = `Line ${change.line + 1}: ${change.what}`;
  item.contextValue = change.isConflict ? "conflict" : "change";
  item.command = {
    command: "opencode.tree.open",
    title: "Go to Change",
    arguments: [{ kind: "change", uri, change } satisfies Node],
  };
  return item;
}

/** Opens the file at a change; the diff where the file is gone. */
export async function openChange(node: Node, showDiff: (file: vscode.Uri) => Promise<void>): Promise<void> {
  const file = vscode.Uri.parse(node.uri);
  if (node.kind === "file") {
    await showDiff(file);
    return;
  }
  const at = new vscode.Position(node.change.line, 0);
  try {
    await vscode.window.showTextDocument(file, { selection: new vscode.Range(at, at) });
  } catch {
    await showDiff(file);
  }
}
