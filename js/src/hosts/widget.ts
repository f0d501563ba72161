/** The editor in a notebook cell, as an anywidget. */
import type { AnyModel } from '@anywidget/types';
import * as Y from 'yjs';
import { CommSync } from '../document/comm';
import { PipelineDocument } from '../document/pipeline';
import { RoomSync } from '../document/room';
import { pageServer } from '../document/server';
import type { Sync } from '../document/types';
import { mountEditor } from '../editor/index';
import { KernelClient } from '../kernel/client';
import { type Line, modelLine } from '../kernel/line';

interface State {
  path: string;
  transport: 'room' | 'comm';
  room_path: string;
  height: number;
  version: string;
}

/** What one model has, however many cells show it. */
interface Shared {
  document: PipelineDocument;
  sync: Sync;
  kernel: KernelClient;
}

export default function widget() {
  let shared: Shared;
  return {
    initialize({ model }: { model: AnyModel<State> }): () => void {
      const line = modelLine(model as unknown as AnyModel);
      const doc = new Y.Doc();
      shared = {
        document: new PipelineDocument(doc),
        sync: connect(doc, model, line),
        kernel: new KernelClient(line, 'Run the cell again.'),
      };
      const { document, sync, kernel } = shared;
      return () => {
        kernel.destroy();
        sync.destroy();
        document.destroy();
        doc.destroy();
      };
    },

    render({ model, el }: { model: AnyModel<State>; el: HTMLElement }): () => void {
      return mountEditor(el, { ...shared, height: model.get('height') });
    },
  };
}

function connect(doc: Y.Doc, model: AnyModel<State>, line: Line): Sync {
  const server = pageServer();
  const isRoom = model.get('transport') === 'room';
  return isRoom && server ? new RoomSync(doc, server, model.get('room_path')) : new CommSync(doc, line);
}
