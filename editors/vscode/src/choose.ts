import * as vscode from "vscode";
import { forLabel } from "./inert";
import type { ChooseParams } from "./protocol";

/** `opencode/choose`: the place of the chosen item; null is for a user who gave up. */
export async function choose(params: ChooseParams, token: vscode.CancellationToken): Promise<number | null> {
  const items = params.items.map(({ label, detail }, index) => ({ label: forLabel(label), description: forLabel(detail ?? ""), index }));
  const options = { title: params.title, matchOnDescription: true, ignoreFocusOut: false };
  return (await vscode.window.showQuickPick(items, options, token))?.index ?? null;
}
