/** Arranges in a worker that travels inside the script, so that the page never freezes. */
import type { Position } from '../document/types';
import { arrange, type ArrangeRequest } from './arrange';
import ArrangeWorker from './arrange.worker?worker&inline';

/** Without a worker (a content security policy may forbid it) more nodes would freeze the page. */
const MOST_WITHOUT_WORKER = 150;

/** A place for each node. Rejects, in words, when there are too many to do without a worker. */
export function arrangeInWorker(request: ArrangeRequest): Promise<[string, Position][]> {
  return inWorker(request).catch(() => onThisThread(request));
}

function inWorker(request: ArrangeRequest): Promise<[string, Position][]> {
  return new Promise((resolve, reject) => {
    const worker = new ArrangeWorker();
    const finish = (settle: () => void): void => {
      worker.terminate();
      settle();
    };
    worker.onmessage = (event: MessageEvent<[string, Position][]>) =>
      finish(() => resolve(event.data));
    worker.onerror = (event) => finish(() => reject(new Error(event.message)));
    worker.postMessage(request);
  });
}

function onThisThread(request: ArrangeRequest): [string, Position][] {
  if (request.nodes.length > MOST_WITHOUT_WORKER) {
    throw new Error(
      `This page may not start a worker, and ${request.nodes.length} nodes are too many to ` +
        `arrange without one. Select up to ${MOST_WITHOUT_WORKER} of them and arrange those.`,
    );
  }
  return arrange(request);
}
