/** Asking the user for an answer to a permission request, and giving it to opencode. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { forNotification, oneLine } from "../inert";
import type { Permission, Reply } from "../protocol";
import type { Pending } from "./pending";
import { permissionOf, type Proposals } from "./proposal";

const ONCE = "Allow Once";
const REJECT = "Reject";

export class Answers {
  constructor(
    private readonly bridge: Bridge,
    private readonly pending: Pending,
    private readonly proposals: Proposals,
  ) {}

  /** Tells of a request. The first button decides nothing, and neither does closing the message. */
  async tell(permission: Permission): Promise<void> {
    const show = showLabel(permission);
    const choice = await this.message(permission, [show, ONCE, permission.always, REJECT]);
    if (choice === show) {
      await this.showThenAsk(permission.id);
      return;
    }
    await this.take(permission, choice);
  }

  /** Shows what it is about, and asks again while it is before the user's eyes. */
  async showThenAsk(id: string): Promise<void> {
    const permission = this.stillPending(id);
    if (permission === undefined) {
      return;
    }
    await this.show(permission);
    await this.take(permission, await this.message(permission, [ONCE, permission.always, REJECT]));
  }

  /** Gives an answer, unless the request was settled meanwhile. */
  async reply(id: string, reply: Reply, message?: string): Promise<void> {
    if (this.stillPending(id) === undefined) {
      return;
    }
    const reason = message === undefined || message.trim() === "" ? {} : { message };
    await this.bridge.execute("opencode.permission.reply", { id, reply, ...reason });
  }

  async rejectWithReason(id: string): Promise<void> {
    const permission = this.stillPending(id);
    if (permission === undefined) {
      return;
    }
    const reason = await vscode.window.showInputBox({
      title: oneLine(permission.title, 100),
      prompt: "opencode reads the reason and goes on with it.",
      placeHolder: "Why not, and what to do instead",
      ignoreFocusOut: true,
    });
    if (reason !== undefined) {
      await this.reply(id, "reject", reason);
    }
  }

  /** The answer buttons of a diff editor's title. */
  replyInDiff(reply: Reply, argument: unknown): Promise<void> | undefined {
    const id = shownIn(argument);
    return id === undefined ? undefined : this.reply(id, reply);
  }

  private async show(permission: Permission): Promise<void> {
    if (!isEdit(permission) || !(await this.proposals.show(permission))) {
      await this.bridge.execute("opencode.permission.show", { id: permission.id });
    }
  }

  private message(permission: Permission, buttons: string[]): Thenable<string | undefined> {
    const unsaved = permission.unsaved ? ". That file has unsaved changes here" : "";
    return vscode.window.showWarningMessage(forNotification(`${permission.title}${unsaved}`), ...buttons);
  }

  private async take(permission: Permission, choice: string | undefined): Promise<void> {
    if (choice === ONCE) {
      await this.reply(permission.id, "once");
    } else if (choice === REJECT) {
      await this.reply(permission.id, "reject");
    } else if (choice === permission.always) {
      await this.reply(permission.id, "always");
    }
  }

  private stillPending(id: string): Permission | undefined {
    const permission = this.pending.get(id);
    if (permission === undefined) {
      const text = "opencode no longer waits for this permission: it was answered elsewhere, or the turn has ended.";
      void vscode.window.showInformationMessage(text);
    }
    return permission;
  }
}

/** What can be looked at: the diff of an edit, else the details. */
export function showLabel(permission: Permission): string {
  return isEdit(permission) ? "Show Diff" : "Show Details";
}

function isEdit(permission: Permission): boolean {
  return permission.kind === "edit";
}

function shownIn(argument: unknown): string | undefined {
  if (argument instanceof vscode.Uri) {
    return permissionOf(argument);
  }
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? permissionOf(input.modified) : undefined;
}
