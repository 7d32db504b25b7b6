/** Read-only documents of this extension's own, such as one side of a diff. */

import * as vscode from "vscode";

export const SCHEME = "opencode-lsp";

/** Gives the text of a document; empty where there is none. */
export type Reader = (uri: vscode.Uri) => string | Promise<string>;

/** The first part of a document's path says who knows its text. */
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
    const kind = uri.path.split("/")[1] ?? "";
    return (await this.readers.get(kind)?.(uri)) ?? "";
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

/** `path` begins with a slash; its end names the file, which chooses the language. */
export function virtualUri(kind: string, path: string, query = ""): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${kind}${path}`, query });
}
