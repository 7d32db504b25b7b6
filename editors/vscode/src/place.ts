import * as vscode from "vscode";
import type { Range } from "./protocol";

/** Where the user is, as the server's commands take it. */
export interface Place {
  uri: string;
  range: Range;
}

/** The selection of the active editor, if the server knows its document. */
export function here(asUri: (uri: vscode.Uri) => string): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || !isKnown(editor.document.uri)) {
    return undefined;
  }
  const { start, end } = editor.selection;
  return {
    uri: asUri(editor.document.uri),
    range: {
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    },
  };
}

/** Files on disk, and texts that have no file yet. */
export function isKnown(uri: vscode.Uri): boolean {
  return uri.scheme === "file" || uri.scheme === "untitled";
}

/** The range of LSP as VS Code's. */
export function rangeOf(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}
