/** Which permission requests are told of by a message now. */

import type { Permission } from "../protocol";

export type Choice = "show" | "once" | "always" | "reject";

/** What the messages of the editor can do. */
export interface Messages {
  /** Undefined: it was closed, or the same message took its place. */
  ask(permission: Permission): PromiseLike<Choice | undefined>;
  /** Takes all messages off the screen: the editor cannot take one. */
  hideAll(): PromiseLike<unknown>;
}

export class Toasts {
  /** By the request; the number tells a message from the one that took its place. */
  private readonly open = new Map<string, { permission: Permission; number: number }>();
  private waiting: Permission[] = [];
  private last = 0;

  constructor(
    private readonly messages: Messages,
    private readonly take: (permission: Permission, choice: Choice) => Promise<void>,
  ) {}

  /** The editor shows the same message only once, so a request that looks like another one waits for it. */
  tell(permission: Permission): void {
    const isShown = [...this.open.values()].some((other) => looksAlike(other.permission, permission));
    if (isShown && !this.open.has(permission.id)) {
      this.waiting = [...this.waiting.filter(({ id }) => id !== permission.id), permission];
      return;
    }
    void this.run(permission);
  }

  /** These wait for no answer any more. */
  async settled(ids: readonly string[]): Promise<void> {
    this.waiting = this.waiting.filter(({ id }) => !ids.includes(id));
    const stale = ids.filter((id) => this.open.delete(id));
    if (stale.length === 0) {
      return;
    }
    await this.messages.hideAll();
    for (const { permission } of [...this.open.values()]) {
      void this.run(permission);
    }
    this.next();
  }

  private async run(permission: Permission): Promise<void> {
    this.last += 1;
    const number = this.last;
    this.open.set(permission.id, { permission, number });
    const choice = await this.messages.ask(permission);
    const isCurrent = this.open.get(permission.id)?.number === number;
    if (isCurrent) {
      this.open.delete(permission.id);
      this.next();
    }
    if (choice !== undefined) {
      await this.take(permission, choice);
    }
  }

  private next(): void {
    const waiting = this.waiting;
    this.waiting = [];
    waiting.forEach((permission) => this.tell(permission));
  }
}

function looksAlike(left: Permission, right: Permission): boolean {
  return left.title === right.title && left.always === right.always && left.unsaved === right.unsaved;
}
