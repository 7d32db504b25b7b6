/** The user's answers, on their way to opencode. */

import type { Permission, Reply } from "../protocol";
import type { Pending } from "./pending";

export interface ReplyArgument {
  id: string;
  reply: Reply;
  message?: string;
}

export interface Ways {
  /** False: it was refused, and the user knows. */
  send(argument: ReplyArgument): Promise<boolean>;
  askAgain(permission: Permission): void;
  /** The request was settled meanwhile. */
  tooLate(): void;
}

export class Replies {
  constructor(
    private readonly pending: Pending,
    private readonly ways: Ways,
  ) {}

  /** `shown` is the request as the user saw it. */
  async give(shown: Permission, reply: Reply, message = ""): Promise<void> {
    const { id } = shown;
    const now = this.pending.get(id);
    if (now === undefined) {
      this.ways.tooLate();
      return;
    }
    // Who allowed this did not know of the unsaved text.
    if (reply !== "reject" && now.unsaved && !shown.unsaved) {
      this.ways.askAgain(now);
      return;
    }
    const isSent = await this.ways.send({ id, reply, ...(message.trim() === "" ? {} : { message }) });
    const left = this.pending.get(id);
    if (!isSent && left !== undefined) {
      this.ways.askAgain(left);
    }
  }
}
