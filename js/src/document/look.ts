import type * as Y from 'yjs';
import { type JupyterServer, openSession, readFile, Refused } from './server';
import { fromText } from './text';
import type { SyncState } from './types';

/** Show the file to somebody who was refused its room: as it is now, and not to be edited. */
export async function lookAtFile(
  doc: Y.Doc,
  server: JupyterServer,
  path: string,
  refused: Refused,
): Promise<Partial<SyncState>> {
  fromText(doc, await readFile(server, path));
  return { connection: 'synced', message: refused.message, readOnly: true };
}

/** Why the server would not let this user into the room; null if it would. */
export async function refusalOf(server: JupyterServer, path: string): Promise<Refused | null> {
  try {
    await openSession(server, path);
    return null;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
