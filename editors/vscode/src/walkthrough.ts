import * as vscode from "vscode";

const SHOWN = "walkthroughShown";

/** Opens the walkthrough at the first start, once. */
export async function openOnce(context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get<boolean>(SHOWN) === true) {
    return;
  }
  await context.globalState.update(SHOWN, true);
  await openWalkthrough(context);
}

export async function openWalkthrough(context: vscode.ExtensionContext): Promise<void> {
  const walkthrough = `${context.extension.id}#start`;
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", walkthrough, false);
}
