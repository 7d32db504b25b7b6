/** What the status bar item opens: what can be done now. */

import * as vscode from "vscode";
import type { Bridge } from "./bridge";
import type { StatusParams } from "./protocol";

interface Entry extends vscode.QuickPickItem {
  run?: string;
}

export async function openMenu(bridge: Bridge, status: StatusParams | undefined): Promise<void> {
  if (!bridge.isRunning) {
    await bridge.explain();
    return;
  }
  const item = await vscode.window.showQuickPick(entries(status), { title: "opencode", placeHolder: summary(status) });
  if (item?.run !== undefined) {
    await vscode.commands.executeCommand(item.run);
  }
}

function summary(status: StatusParams | undefined): string {
  const problem = status?.folders.find((folder) => folder.problem !== undefined)?.problem;
  return problem ?? "What to do";
}

function entries(status: StatusParams | undefined): Entry[] {
  const pending = status?.pending ?? 0;
  const hunks = status?.hunks ?? 0;
  const isBusy = status?.folders.some((folder) => folder.busy) ?? false;
  const list: Entry[] = [];
  if (pending > 0) {
    list.push({
      label: "$(bell-dot) Answer Permission Requests",
      description: `${pending} waiting`,
      run: "opencode.permissions",
    });
  }
  if (isBusy) {
    list.push({ label: "$(debug-stop) Abort", run: "opencode.abort" });
  }
  list.push(
    { label: "$(comment) Ask About Selection…", run: "opencode.ask" },
    { label: "$(book) Show Answers", run: "opencode.answer.live" },
    { label: "$(file) Open Transcript", run: "opencode.answer.show" },
  );
  if (hunks > 0) {
    list.push(
      { label: "Changes", kind: vscode.QuickPickItemKind.Separator },
      { label: "$(arrow-down) Go to Next Change", description: `${hunks} not reviewed`, run: "opencode.review.next" },
      { label: "$(diff-multiple) Show Diff of All Changes", run: "opencode.diff.all" },
      { label: "$(list-tree) Changes by opencode", run: "opencode.changes.focus" },
    );
  }
  list.push(
    { label: "Connection", kind: vscode.QuickPickItemKind.Separator },
    { label: "$(add) New Session", run: "opencode.session.new" },
    { label: "$(server) Select Server", run: "opencode.server.select" },
    { label: "$(plug) Reconnect", run: "opencode.reconnect" },
    { label: "$(refresh) Restart Language Server", run: "opencode.restart" },
    { label: "$(output) Show Log", run: "opencode.log" },
  );
  return list;
}
