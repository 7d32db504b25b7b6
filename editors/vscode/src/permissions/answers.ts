/** Asking the user for an answer to a permission request, and giving it to opencode. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { forLabel, forNotification, oneLine } from "../inert";
import type { Permission, Reply } from "../protocol";
import type { Pending } from "./pending";
import { pick } from "./pick";
import { permissionOf, type Proposals } from "./proposal";
import { Replies } from "./replies";
import { type Choice, Toasts } from "./toasts";

interface Button extends vscode.MessageItem {
  choice: Choice;
}

export class Answers {
  private readonly toasts = new Toasts({ ask: (permission) => this.ask(permission), hideAll }, (permission, choice) =>
    this.take(permission, choice),
  );
  private readonly replies: Replies;
  /** Each as its last message told it. */
  private readonly told = new Map<string, Permission>();

  constructor(
    private readonly bridge: Bridge,
    private readonly pending: Pending,
    private readonly proposals: Proposals,
  ) {
    this.replies = new Replies(pending, {
      send: (argument) => bridge.tryToExecute("opencode.permission.reply", argument),
      askAgain: (permission) => this.toasts.tell(permission),
      tooLate,
    });
  }

  /** Tells of a request that is new. */
  tell(permission: Permission): void {
    this.toasts.tell(permission);
  }

  /** Requests that read differently now. */
  changed(permissions: readonly Permission[]): void {
    void this.toasts.changed(permissions);
  }

  /** Requests that wait for no answer any more. */
  settled(ids: readonly string[]): void {
    void this.toasts.settled(ids);
    for (const id of ids) {
      this.told.delete(id);
      void this.proposals.forget(id);
    }
  }

  /** Shows what it is about, and asks again while it is before the user's eyes. */
  async showThenAsk(id: string): Promise<void> {
    const permission = this.stillPending(id);
    if (permission === undefined) {
      return;
    }
    if (!isEdit(permission) || !(await this.proposals.show(permission))) {
      await this.bridge.execute("opencode.permission.show", { id });
    }
    const now = this.pending.get(id);
    if (now !== undefined) {
      this.toasts.tell(now);
    }
  }

  /** Gives the answer to a request as it was shown, unless that was settled meanwhile. */
  reply(shown: Permission, reply: Reply, message?: string): Promise<void> {
    return this.replies.give(shown, reply, message);
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
      await this.reply(permission, "reject", reason);
    }
  }

  /** The answer buttons of a diff editor's title. */
  async replyInDiff(reply: Reply, argument: unknown): Promise<void> {
    const id = shownIn(argument);
    const permission = id === undefined ? undefined : this.stillPending(id);
    if (permission === undefined) {
      return;
    }
    if (reply === "always") {
      await this.confirmAlways(permission);
      return;
    }
    await this.reply(this.told.get(permission.id) ?? permission, reply);
  }

  /** The button in the title is but an icon, so what it would allow is to be read first. */
  private async confirmAlways(permission: Permission): Promise<void> {
    const always = { label: `$(check-all) ${forLabel(permission.always)}` };
    const choice = await pick(this.pending, permission, [{ label: "$(close) Decide Nothing Now" }, always]);
    if (choice === always) {
      await this.reply(permission, "always");
    }
  }

  private async take(permission: Permission, choice: Choice): Promise<void> {
    await (choice === "show" ? this.showThenAsk(permission.id) : this.reply(permission, choice));
  }

  private ask(permission: Permission): Promise<Choice | undefined> {
    this.told.set(permission.id, permission);
    return ask(permission);
  }

  private stillPending(id: string): Permission | undefined {
    const permission = this.pending.get(id);
    if (permission === undefined) {
      tooLate();
    }
    return permission;
  }
}

/** What can be looked at: the diff of an edit, else the details. */
export function showLabel(permission: Permission): string {
  return isEdit(permission) ? "Show Diff" : "Show Details";
}

/** The first button decides nothing: a key of VS Code's presses it. */
async function ask(permission: Permission): Promise<Choice | undefined> {
  const buttons: Button[] = [
    { title: showLabel(permission), choice: "show" },
    { title: "Allow Once", choice: "once" },
    { title: permission.always, choice: "always" },
    { title: "Reject", choice: "reject" },
  ];
  const unsaved = permission.unsaved ? ". That file has unsaved changes here" : "";
  const button = await vscode.window.showWarningMessage(forNotification(`${permission.title}${unsaved}`), ...buttons);
  return button?.choice;
}

function tooLate(): void {
  const text = "opencode no longer waits for this permission: it was answered elsewhere, or the turn has ended.";
  void vscode.window.showInformationMessage(text);
}

function hideAll(): Thenable<unknown> {
  return vscode.commands.executeCommand("notifications.hideToasts");
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
