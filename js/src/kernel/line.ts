/** A line to the kernel that carries envelopes with buffers: a widget model or a bare comm. */
import type { AnyModel } from '@anywidget/types';
import type { Kernel as LabKernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { Envelope } from './protocol';

export type Heard = (envelope: Record<string, unknown>, buffers: DataView[]) => void;

export interface Line {
  /** Throws if the kernel is gone. */
  send(envelope: Envelope, buffers?: Uint8Array[]): void;
  listen(heard: Heard): () => void;
  /** Called once when the kernel hangs up; not every line notices. */
  onClosed(closed: () => void): () => void;
}

/** The custom messages of an anywidget model. */
export function modelLine(model: AnyModel): Line {
  return {
    send: (envelope, buffers = []) => model.send(envelope, undefined, buffers.map(exactBuffer)),
    listen(heard) {
      const listener = (content: unknown, buffers: DataView[]): void => {
        if (isObject(content)) heard(content, buffers ?? []);
      };
      model.on('msg:custom', listener);
      return () => model.off('msg:custom', listener);
    },
    onClosed: () => () => {},
  };
}

/** A comm that this page opened itself. */
export function commLine(comm: LabKernel.IComm): Line {
  const listeners = new Set<Heard>();
  const closed = new Set<() => void>();
  comm.onMsg = ({ content, buffers = [] }) => {
    const views = buffers.map(viewOf);
    for (const heard of [...listeners]) heard(content.data, views);
  };
  comm.onClose = () => [...closed].forEach((listener) => listener());
  return {
    send: (envelope, buffers = []) => {
      void comm.send(envelope as unknown as JSONObject, undefined, buffers.map(exactBuffer));
    },
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    onClosed(listener) {
      closed.add(listener);
      return () => closed.delete(listener);
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function viewOf(buffer: ArrayBuffer | ArrayBufferView): DataView {
  if (!ArrayBuffer.isView(buffer)) return new DataView(buffer);
  return new DataView(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}

/** Jupyter sends a view's whole buffer, so the buffer must hold nothing else. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
