/** Read-only documents of this extension's own, such as one side of a diff. */

import * as vscode from "vscode";

export const SCHEME = "opencode-lsp";

/** Gives the text of a document; empty where there is none. */
export type Reader = (uri: vscode.Uri) => string | Promise<string>;

/**
 * The authority of a document's URI says who knows its text; its path is that of the file, so that
 * both sides of a diff have one name.
 */
export class VirtualDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly readers = new Map<string, Reader>();
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  readonly onDidChange = this.emitter.event;

  constructor() {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  /** `kind` is one of a few short words. */
  serve(kind: string, reader: Reader): void {
    this.readers.set(kind, reader);
  }

  /** The text of a document is another one now. */
  changed(uri: vscode.Uri): void {
    this.emitter.fire(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return (await this.readers.get(uri.authority)?.(uri)) ?? "";
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

export function virtualUri(kind: string, file: vscode.Uri, query: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: kind, path: file.path, query });
}
