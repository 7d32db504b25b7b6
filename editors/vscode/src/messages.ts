/** `window/showMessage` and `window/showMessageRequest`, with the texts as nothing but text. */

import * as vscode from "vscode";
import {
  type MessageActionItem,
  MessageType,
  type ShowMessageParams,
  type ShowMessageRequestParams,
} from "vscode-languageclient/node";
import { forNotification } from "./inert";

export function showMessage(params: ShowMessageParams): void {
  void notify(params.type, params.message, []);
}

export async function showMessageRequest(params: ShowMessageRequestParams): Promise<MessageActionItem | null> {
  return (await notify(params.type, params.message, params.actions ?? [])) ?? null;
}

function notify<T extends vscode.MessageItem>(type: MessageType, message: string, items: T[]): Thenable<T | undefined> {
  const text = forNotification(message);
  switch (type) {
    case MessageType.Error:
      return vscode.window.showErrorMessage(text, ...items);
    case MessageType.Warning:
      return vscode.window.showWarningMessage(text, ...items);
    default:
      return vscode.window.showInformationMessage(text, ...items);
  }
}
