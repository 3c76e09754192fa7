/** Asks a silent peer again and again whether it is there, and says so when it no longer answers. */
export class Keepalive {
  readonly #asking: ReturnType<typeof setInterval>;
  #answerDue: ReturnType<typeof setTimeout> | undefined;

  /** Calls `ask` every `everySeconds`, and `lost` when no `answered()` follows within a third of that. */
  constructor(everySeconds: number, ask: () => void, lost: () => void) {
    this.#asking = setInterval(() => {
      ask();
      this.#answerDue = setTimeout(lost, everySeconds * 1000 / 3);
    }, everySeconds * 1000);
  }

  answered(): void {
    clearTimeout(this.#answerDue);
  }

  stop(): void {
    clearInterval(this.#asking);
    clearTimeout(this.#answerDue);
  }
}
