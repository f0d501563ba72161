/** The Jupyter server this page came from: its REST calls that concern a shared document. */

export interface JupyterServer {
  /** Ends with a slash; holds the prefix of a hub, if there is one. */
  baseUrl: string;
  /** Only used where there is no cookie, and only in a header: addresses end up in logs. */
  token: string;
}

export interface Session {
  roomUrl: string;
  sessionId: string;
  /** Whether this user may write the file, as far as the server's file system says. */
  writable: boolean;
}

/** A refusal in words for the user. `final` means that trying again soon is of no use. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    message: string,
    readonly final: boolean,
  ) {
    super(message);
  }
}

/** The server of a JupyterLab or Notebook page; `null` anywhere else. */
export function pageServer(page: Document = document): JupyterServer | null {
  const config = page.getElementById('jupyter-config-data')?.textContent;
  const settings = config ? JSON.parse(config) : { baseUrl: page.body.dataset['baseUrl'] };
  if (typeof settings.baseUrl !== 'string') return null;
  const baseUrl = new URL(settings.baseUrl, location.href).href;
  return { baseUrl: baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`, token: settings.token ?? '' };
}

/** A person as others in a room see them; who has no `username` is nobody in particular. */
export interface User {
  username?: string;
  name: string;
  color?: string;
}

/** Who the server says this user is. */
export async function whoAmI(server: JupyterServer): Promise<User> {
  const response = await call(server, 'api/me');
  if (!response.ok) return { name: 'Someone' };
  const { identity } = await response.json();
  const { username, display_name, color } = identity;
  return { username, name: display_name || username, color: color ?? undefined };
}

/**
 * Open a session on the document at `path`. A missing file is refused here: a connection to its
 * room would stop live updates in every other room
 * (https://github.com/datalayer/jupyter-nbmodel-client/issues/46).
 */
export async function openSession(server: JupyterServer, path: string): Promise<Session> {
  const file = encodePath(path);
  const found = await call(server, `api/contents/${file}?content=0`);
  if (!found.ok) throw await refusal(found, path);
  const { writable } = await found.json();
  const response = await call(server, `api/collaboration/session/${file}`, {
    method: 'PUT',
    body: JSON.stringify({ format: 'text', type: 'mudrock' }),
  });
  if (response.status === 404) {
    const advice = 'Install jupyter-collaboration, or edit it from one notebook only.';
    throw new Refused(`This server does not share documents. ${advice}`, true);
  }
  if (!response.ok) throw await refusal(response, path);
  const { format, type, fileId, sessionId } = await response.json();
  const url = new URL(`api/collaboration/room/${format}:${type}:${fileId}`, server.baseUrl);
  url.protocol = url.protocol.replace('http', 'ws');
  url.searchParams.set('sessionId', sessionId);
  return { roomUrl: url.href, sessionId, writable: writable !== false };
}

/**
 * The id of the server's present life, asked for without an entry in its log. Empty where the
 * server does not tell.
 */
export async function sessionNow(server: JupyterServer): Promise<string> {
  const response = await call(server, 'mudrock/api/health');
  if (!response.ok) return '';
  const { session } = await response.json();
  return typeof session === 'string' ? session : '';
}

/** The text of a file, as it is saved. */
export async function readFile(server: JupyterServer, path: string): Promise<string> {
  const response = await call(server, `api/contents/${encodePath(path)}?type=file&format=text`);
  if (!response.ok) throw await refusal(response, path);
  const { content } = await response.json();
  return content;
}

/** Servers that did not accept this page's cookie. */
const withToken = new WeakSet<JupyterServer>();

async function call(server: JupyterServer, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(new URL(path, server.baseUrl), { ...init, ...authority(server) });
  const refused = response.status === 401 || response.status === 403;
  if (!refused || !server.token || withToken.has(server)) return response;
  withToken.add(server);
  return fetch(new URL(path, server.baseUrl), { ...init, ...authority(server) });
}

function authority(server: JupyterServer): RequestInit {
  const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1];
  return {
    credentials: 'same-origin',
    cache: 'no-store',
    headers: {
      'Content-Type': 'application/json',
      ...(xsrf ? { 'X-XSRFToken': xsrf } : {}),
      ...(withToken.has(server) ? { Authorization: `token ${server.token}` } : {}),
    },
  };
}

/** Say why in the server's words if it has any: our guard names the file and the remedy. */
async function refusal(response: Response, path: string): Promise<Refused> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => null);
  const words = (body as { message?: unknown } | null)?.message;
  const own = status < 500 && status !== 404 && typeof words === 'string' && words;
  if (own) return new Refused(own, status === 401 || status === 403);
  if (status === 404) return new Refused(`${path} is no longer there. Was it moved or deleted?`, false);
  if (status === 401 || status === 403) return new Refused(`You may not open ${path}.`, true);
  return new Refused(`The server could not open ${path} (status ${status}).`, false);
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
