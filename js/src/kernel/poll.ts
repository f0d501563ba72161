import type { Line } from './line';
import type { Ping, YFrames } from './protocol';

/** Silence that the user should know about, and silence after which to ask again (milliseconds). */
const NOTICEABLE = 1500;
const LOST = 10_000;

export interface PollOptions {
  question: Ping | YFrames;
  /** Milliseconds to the next question. */
  interval(): number;
  onGone(): void;
  /** The kernel leaves a question unanswered: it is busy, or it answers again. */
  onSilence?(silent: boolean): void;
}

/**
 * Asks the kernel for what it has queued, at most one question at a time.
 *
 * The kernel may only send from a handler: ipykernel 7 delivers our messages to the shell that
 * last sent on the comm, and a busy cell that had sent would keep them until it ends. So we ask.
 */
export class Poll {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(
    private readonly line: Line,
    private readonly options: PollOptions,
  ) {
    this.#schedule();
  }

  /** The kernel answered a question. */
  answered(): void {
    this.#asked = 0;
    this.options.onSilence?.(false);
  }

  /** The interval may have become shorter. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#schedule();
      this.#ask();
    }, this.options.interval());
  }

  #ask(): void {
    const silence = this.#asked ? performance.now() - this.#asked : 0;
    if (silence > NOTICEABLE) this.options.onSilence?.(true);
    if (this.#asked && silence < LOST) return;
    this.#asked = performance.now();
    try {
      this.line.send(this.options.question);
    } catch {
      this.stop();
      this.options.onGone();
    }
  }
}
