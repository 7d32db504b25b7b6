/** All permission requests that wait, to choose one and its answer. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { forLabel } from "../inert";
import type { Permission } from "../protocol";
import type { Status } from "../status";
import { type Answers, showLabel } from "./answers";
import type { Pending } from "./pending";
import { pick } from "./pick";

interface Choice extends vscode.QuickPickItem {
  run(): Promise<void>;
}

export class PermissionList {
  constructor(
    private readonly bridge: Bridge,
    private readonly status: Status,
    private readonly pending: Pending,
    private readonly answers: Answers,
  ) {}

  async open(): Promise<void> {
    const all = this.pending.all;
    const [first] = all;
    if (first === undefined) {
      await this.none();
      return;
    }
    const permission = all.length === 1 ? first : await this.choose(all);
    if (permission !== undefined) {
      await this.ask(permission);
    }
  }

  /** An older server asks in its own way. */
  private async none(): Promise<void> {
    if (!this.bridge.isRunning || (this.status.params?.pending ?? 0) > 0) {
      await this.bridge.execute("opencode.permissions");
      return;
    }
    void vscode.window.showInformationMessage("opencode waits for no permission.");
  }

  private async choose(all: Permission[]): Promise<Permission | undefined> {
    const items = all.map((permission) => ({
      label: forLabel(permission.title),
      description: forLabel(permission.kind),
      ...(permission.unsaved ? { detail: "That file has unsaved changes here" } : {}),
      permission,
    }));
    const title = "Permissions that opencode waits for";
    const item = await vscode.window.showQuickPick(items, { title, placeHolder: "Choose one to answer" });
    return item?.permission;
  }

  private async ask(permission: Permission): Promise<void> {
    const { id } = permission;
    const choices: Choice[] = [
      { label: `$(eye) ${showLabel(permission)}`, run: () => this.answers.showThenAsk(id) },
      { label: "$(check) Allow Once", run: () => this.answers.reply(permission, "once") },
      { label: `$(check-all) ${forLabel(permission.always)}`, run: () => this.answers.reply(permission, "always") },
      { label: "$(x) Reject", run: () => this.answers.reply(permission, "reject") },
      { label: "$(comment) Reject With a Reason…", run: () => this.answers.rejectWithReason(id) },
    ];
    const choice = await pick(this.pending, permission, choices);
    await choice?.run();
  }
}
