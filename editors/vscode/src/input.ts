import * as vscode from "vscode";
import type { InputParams } from "./protocol";

/** `opencode/input`: null is for a user who gave up. */
export async function input(params: InputParams, token: vscode.CancellationToken): Promise<string | null> {
  const options: vscode.InputBoxOptions = {
    title: params.title,
    placeHolder: params.placeholder ?? "Your question",
    // One looks at the code while one thinks about the question.
    ignoreFocusOut: true,
  };
  if (params.value !== undefined) {
    options.value = params.value;
  }
  return (await vscode.window.showInputBox(options, token)) ?? null;
}
