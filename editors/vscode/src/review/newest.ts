/** Which of several questions about one thing was asked last: answers may come in another order. */

export class Newest {
  private readonly numbers = new Map<string, number>();
  private last = 0;

  /** Begins a question; what comes back says whether it is still the newest one. */
  ask(key: string): () => boolean {
    this.last += 1;
    const number = this.last;
    this.numbers.set(key, number);
    return () => this.numbers.get(key) === number;
  }
}
