/** The status bar item, and the context keys that menus and keys go by. */

import * as vscode from "vscode";
import type { Bridge } from "./bridge";
import type { StatusParams } from "./protocol";
import { statusText } from "./statusText";

const BACKGROUNDS = {
  plain: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

export class Status implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly registrations: vscode.Disposable[];
  private newest: StatusParams | undefined;

  constructor(private readonly bridge: Bridge) {
    this.item = vscode.window.createStatusBarItem("opencode.status", vscode.StatusBarAlignment.Left, 0);
    this.item.name = "opencode";
    this.item.command = "opencode.menu";
    this.item.show();
    this.registrations = [
      this.item,
      bridge.onStatus((params) => {
        this.newest = params;
        this.show();
      }),
      bridge.onState((state) => {
        if (state.kind !== "running") {
          this.newest = undefined;
        }
        this.show();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
    ];
    this.show();
  }

  get params(): StatusParams | undefined {
    return this.newest;
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
  }

  private show(): void {
    const document = vscode.window.activeTextEditor?.document.uri;
    const here = document === undefined ? undefined : this.bridge.asUri(document);
    const { text, tooltip, spoken, tone } = statusText(this.bridge.state, this.newest, here);
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: spoken, role: "button" };
    this.item.backgroundColor = BACKGROUNDS[tone];
    setContext("isRunning", this.bridge.isRunning);
    setContext("isConnected", this.newest?.folders.some((folder) => folder.connection === "connected") ?? false);
    setContext("isBusy", this.newest?.folders.some((folder) => folder.busy) ?? false);
    setContext("hasPending", (this.newest?.pending ?? 0) > 0);
    setContext("hasChanges", (this.newest?.hunks ?? 0) > 0);
  }
}

/** A context key of this extension's. */
export function setContext(name: string, value: unknown): void {
  void vscode.commands.executeCommand("setContext", `opencode.${name}`, value);
}
