/** A list of choices about one request, which closes by itself when the request is settled elsewhere. */

import * as vscode from "vscode";
import type { Permission } from "../protocol";
import type { Pending } from "./pending";

/** The first choice has the focus, so it is one that decides nothing. */
export async function pick<T extends vscode.QuickPickItem>(
  pending: Pending,
  permission: Permission,
  choices: T[],
): Promise<T | undefined> {
  const settled = new vscode.CancellationTokenSource();
  const listening = pending.onDidChange(() => {
    if (pending.get(permission.id) === undefined) {
      settled.cancel();
    }
  });
  const placeHolder = permission.unsaved ? "That file has unsaved changes here" : "Nothing is decided until you choose";
  try {
    return await vscode.window.showQuickPick(choices, { title: permission.title, placeHolder }, settled.token);
  } finally {
    listening.dispose();
    settled.dispose();
  }
}
