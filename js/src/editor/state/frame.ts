/** Collects what happens within a frame and does it once. */
export class OncePerFrame {
  #pending = 0;

  constructor(
    private readonly work: () => void,
    private readonly request: (run: () => void) => number = (run) => requestAnimationFrame(run),
    private readonly cancel: (handle: number) => void = (handle) => cancelAnimationFrame(handle),
  ) {}

  schedule(): void {
    if (this.#pending) return;
    this.#pending = this.request(() => this.flush());
  }

  /** Do the work now, if any is waiting. */
  flush(): void {
    if (!this.#pending) return;
    this.cancel(this.#pending);
    this.#pending = 0;
    this.work();
  }

  destroy(): void {
    if (this.#pending) this.cancel(this.#pending);
    this.#pending = 0;
  }
}
