/** What an edit that waits for permission would do, in VS Code's own diff editor. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { oneLine } from "../inert";
import type { Permission, ProposedFile } from "../protocol";
import { SCHEME, type VirtualDocuments, virtualUri } from "../virtual";

/** Also in the `when` clauses of the manifest. */
const KIND = "permission";

export class Proposals {
  private readonly files = new Map<string, ProposedFile[]>();

  constructor(
    private readonly bridge: Bridge,
    private readonly virtual: VirtualDocuments,
  ) {
    virtual.serve(KIND, (uri) => this.text(uri));
  }

  /** Opens the diff; false where there is none to show. */
  async show(permission: Permission): Promise<boolean> {
    const files = await this.bridge.request<ProposedFile[]>("opencode/proposal", { id: permission.id });
    const [first] = files ?? [];
    if (files === undefined || first === undefined) {
      return false;
    }
    this.files.set(permission.id, files);
    // A diff that was open before has the same URIs.
    const shown = files.flatMap((file, index) => sides(permission.id, file, index));
    shown.forEach((uri) => this.virtual.changed(uri));
    const title = oneLine(permission.title, 100);
    if (files.length === 1) {
      await vscode.commands.executeCommand("vscode.diff", ...sides(permission.id, first, 0), title);
      return true;
    }
    const rows = files.map((file, index) => [vscode.Uri.parse(file.uri), ...sides(permission.id, file, index)]);
    await vscode.commands.executeCommand("vscode.changes", title, rows);
    return true;
  }

  /** Closes the diff of a request that is settled. */
  async forget(id: string): Promise<void> {
    if (!this.files.delete(id)) {
      return;
    }
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const its = tabs.filter(
      ({ input }) => input instanceof vscode.TabInputTextDiff && permissionOf(input.modified) === id,
    );
    await vscode.window.tabGroups.close(its, true);
  }

  private text(uri: vscode.Uri): string {
    const [side = "", index = "", ...id] = uri.query.split(" ");
    const file = this.files.get(id.join(" "))?.[Number(index)];
    return (side === "before" ? file?.before : file?.after) ?? "";
  }
}

/** The request that a document of a diff belongs to. */
export function permissionOf(uri: vscode.Uri): string | undefined {
  return uri.scheme === SCHEME && uri.authority === KIND ? uri.query.split(" ").slice(2).join(" ") : undefined;
}

function sides(id: string, file: ProposedFile, index: number): [vscode.Uri, vscode.Uri] {
  const side = (side: "before" | "after") => virtualUri(KIND, vscode.Uri.parse(file.uri), `${side} ${index} ${id}`);
  return [side("before"), side("after")];
}
