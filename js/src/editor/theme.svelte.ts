/** Whether the page is dark: as JupyterLab says, and outside of it as the browser prefers. */
export class Theme {
  dark = $state(false);
  readonly #media = matchMedia('(prefers-color-scheme: dark)');
  readonly #observer = new MutationObserver(() => this.#read());
  readonly #follow = (): void => this.#read();

  constructor() {
    this.#read();
    this.#observer.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-light'],
    });
    this.#media.addEventListener('change', this.#follow);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#media.removeEventListener('change', this.#follow);
  }

  #read(): void {
    const light = document.body.dataset['jpThemeLight'];
    this.dark = light === undefined ? this.#media.matches : light === 'false';
  }
}
