/** Which permission requests are told of by a message now. */

import type { Permission } from "../protocol";
import { looksAlike } from "./pending";

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

  /** These read differently now. Whoever has closed a message hears of it again only to be warned. */
  async changed(permissions: readonly Permission[]): Promise<void> {
    const isShown = permissions.map(({ id }) => this.open.delete(id));
    const again = permissions.filter(
      ({ id, unsaved }, index) => isShown[index] || unsaved || this.waiting.some((other) => other.id === id),
    );
    this.waiting = [...this.waiting.filter(({ id }) => !again.some((other) => other.id === id)), ...again];
    await (isShown.includes(true) ? this.showAnew() : this.next());
  }

  /** These wait for no answer any more. */
  async settled(ids: readonly string[]): Promise<void> {
    this.waiting = this.waiting.filter(({ id }) => !ids.includes(id));
    const stale = ids.filter((id) => this.open.delete(id));
    if (stale.length > 0) {
      await this.showAnew();
    }
  }

  private async showAnew(): Promise<void> {
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
