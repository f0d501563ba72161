/** A `.mudrock` file as JupyterLab's document registry knows it. */
import { type DocumentChange, YDocument } from '@jupyter/ydoc';
import type { IChangedArgs } from '@jupyterlab/coreutils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { PartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type * as Y from 'yjs';
import { fromText, toText } from '../document/text';

const CONTENT = ['pipeline', 'nodes', 'edges', 'layout', 'comments', 'metadata', 'execution'];

/** The shared Y.Doc, from Lab's own copy of yjs. */
export class SharedPipeline extends YDocument<DocumentChange> {
  /** As in `mudrock_jupyter.documents`. */
  readonly version = '2.0.0';

  getSource(): string {
    return toText(this.ydoc);
  }

  setSource(text: string): void {
    fromText(this.ydoc, text);
  }
}

type StateChange = IChangedArgs<unknown, unknown, string>;

/** Lab's model of an open pipeline. In a room the server loads, saves and says what is unsaved. */
export class PipelineModel implements DocumentRegistry.IModel {
  readonly sharedModel: SharedPipeline;
  readonly collaborative: boolean;
  readonly defaultKernelName = '';
  readonly defaultKernelLanguage = 'python';
  readonly contentChanged = new Signal<this, void>(this);
  readonly stateChanged = new Signal<this, StateChange>(this);
  readonly disposed = new Signal<this, void>(this);
  isDisposed = false;
  #readOnly = false;

  constructor(options: DocumentRegistry.IModelOptions<SharedPipeline> = {}) {
    this.sharedModel = options.sharedModel ?? new SharedPipeline();
    this.collaborative = options.collaborationEnabled ?? false;
    this.sharedModel.changed.connect(this.#onState, this);
    for (const root of this.#content()) root.observeDeep(this.#onContent);
  }

  get dirty(): boolean {
    return this.sharedModel.dirty;
  }

  set dirty(dirty: boolean) {
    if (dirty !== this.dirty) this.sharedModel.dirty = dirty;
  }

  get readOnly(): boolean {
    return this.#readOnly;
  }

  set readOnly(newValue: boolean) {
    const oldValue = this.#readOnly;
    this.#readOnly = newValue;
    if (oldValue !== newValue) this.stateChanged.emit({ name: 'readOnly', oldValue, newValue });
  }

  toString(): string {
    return this.sharedModel.getSource();
  }

  fromString(text: string): void {
    if (!this.collaborative) this.sharedModel.setSource(text);
  }

  toJSON(): PartialJSONValue {
    return JSON.parse(this.toString()) as PartialJSONValue;
  }

  fromJSON(value: PartialJSONValue): void {
    this.fromString(JSON.stringify(value));
  }

  initialize(): void {}

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const root of this.#content()) root.unobserveDeep(this.#onContent);
    this.disposed.emit();
    Signal.clearData(this);
  }

  #content(): Y.Map<unknown>[] {
    return CONTENT.map((name) => this.sharedModel.ydoc.getMap(name));
  }

  readonly #onContent = (): void => {
    if (!this.collaborative) this.dirty = true;
    this.contentChanged.emit();
  };

  #onState(_: SharedPipeline, { stateChange = [] }: DocumentChange): void {
    for (const { name, oldValue, newValue } of stateChange) {
      if (oldValue !== newValue) this.stateChanged.emit({ name, oldValue, newValue });
    }
  }
}

export class PipelineModelFactory
  implements DocumentRegistry.IModelFactory<PipelineModel, SharedPipeline>
{
  readonly name = 'mudrock-model';
  readonly fileFormat = 'text';
  readonly collaborative = true;
  isDisposed = false;

  constructor(readonly contentType: Contents.ContentType) {}

  createNew(options?: DocumentRegistry.IModelOptions<SharedPipeline>): PipelineModel {
    return new PipelineModel(options);
  }

  preferredLanguage(): string {
    return 'python';
  }

  dispose(): void {
    this.isDisposed = true;
  }
}
