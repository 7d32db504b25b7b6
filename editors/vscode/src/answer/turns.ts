/** The answers of this window's turns, put together from their pieces. */

import type { AnswerParams } from "../protocol";

export interface Turn {
  key: string;
  question: string;
  text: string;
  isDone: boolean;
}

/** Turns whose texts are kept. */
const KEPT = 20;

export class Turns {
  private turns: Turn[] = [];

  /** Oldest first. */
  get all(): readonly Turn[] {
    return this.turns;
  }

  add(piece: AnswerParams): void {
    const turn = this.turnOf(piece);
    turn.text = piece.whole ? piece.text : turn.text + piece.text;
    turn.isDone = piece.done;
  }

  /** The server that would have told the rest is gone. */
  end(): void {
    this.turns.forEach((turn, index) => (this.turns[index] = { ...turn, key: `ended ${turn.key}`, isDone: true }));
  }

  private turnOf({ folder, session, turn, question }: AnswerParams): Turn {
    const key = `${folder} ${session} ${turn}`;
    const known = this.turns.find((other) => other.key === key);
    if (known !== undefined) {
      return known;
    }
    const added = { key, question, text: "", isDone: false };
    this.turns = [...this.turns, added].slice(-KEPT);
    return added;
  }
}

/** All turns as one Markdown text: the questions as quotes, the answers as they are. */
export function markdownOf(turns: readonly Turn[]): string {
  if (turns.length === 0) {
    return "*Nothing was asked in this window yet.*";
  }
  return turns.map(turnMarkdown).join("\n\n---\n\n");
}

function turnMarkdown({ question, text, isDone }: Turn): string {
  const quoted = question
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
  return `${quoted}\n\n${text}${isDone ? "" : "\n\n*…*"}`;
}
