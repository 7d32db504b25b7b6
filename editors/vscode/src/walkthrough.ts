import * as vscode from "vscode";

const SHOWN = "walkthroughShown";

/** Opens the walkthrough at the first start, once; whoever is at work already is only told of it. */
export async function openOnce(context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get<boolean>(SHOWN) === true) {
    return;
  }
  await context.globalState.update(SHOWN, true);
  if (vscode.window.tabGroups.activeTabGroup.activeTab === undefined) {
    await openWalkthrough(context);
    return;
  }
  const open = "Open Walkthrough";
  if ((await vscode.window.showInformationMessage("opencode-lsp is installed.", open)) === open) {
    await openWalkthrough(context);
  }
}

export async function openWalkthrough(context: vscode.ExtensionContext): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`, false);
}
