/** Opens `*.mudrock` files in JupyterLab: file type, shared document, tab, launcher and menu. */
import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs, SessionContextDialogs } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { emptyText } from '../document/text';
import { PipelineModelFactory, SharedPipeline } from './lab-document';
import { icon } from './lab-icon';
import { EditorFactory } from './lab-tab';

const FILE_TYPE = 'mudrock';
const LISTED_TYPE = 'mudrock-listed';
const FACTORY = 'Mudrock pipeline';
const CREATE = 'mudrock:create';

const documents: JupyterFrontEndPlugin<void> = {
  id: 'mudrock-jupyter:documents',
  description: 'Opens pipelines (*.mudrock) in the pipeline editor.',
  autoStart: true,
  optional: [ICollaborativeContentProvider, ISessionContextDialogs],
  activate(
    app: JupyterFrontEnd,
    provider: ICollaborativeContentProvider | null,
    dialogs: ISessionContextDialogs | null,
  ) {
    // Without collaboration Lab itself reads the file, and knows no content type but its own.
    const contentType = provider ? FILE_TYPE : 'file';
    const fileType = {
      displayName: FACTORY,
      extensions: ['.mudrock'],
      mimeTypes: ['application/json'],
      fileFormat: 'text',
      icon,
    } as const;
    app.docRegistry.addFileType({ ...fileType, name: FILE_TYPE, contentType });
    // The server lists every file as type `file`, and Lab takes icons from the types of that kind.
    if (provider) app.docRegistry.addFileType({ ...fileType, name: LISTED_TYPE, contentType: 'file' });
    provider?.sharedModelFactory.registerDocumentFactory(FILE_TYPE, () => new SharedPipeline());
    app.docRegistry.addModelFactory(new PipelineModelFactory(contentType));
    const options = {
      name: FACTORY,
      modelName: 'mudrock-model',
      fileTypes: provider ? [FILE_TYPE, LISTED_TYPE] : [FILE_TYPE],
      defaultFor: provider ? [FILE_TYPE, LISTED_TYPE] : [FILE_TYPE],
      canStartKernel: true,
      // The kernel brings the operators; everybody who opens the tab shares one.
      preferKernel: true,
      ...(provider ? { contentProviderId: 'rtc' } : {}),
    };
    const factory = new EditorFactory(options, provider, dialogs ?? new SessionContextDialogs());
    app.docRegistry.addWidgetFactory(factory);
  },
};

const creation: JupyterFrontEndPlugin<void> = {
  id: 'mudrock-jupyter:creation',
  description: 'Makes new pipelines from the launcher and the File menu.',
  autoStart: true,
  optional: [IDefaultFileBrowser, ILauncher, IMainMenu],
  activate(
    app: JupyterFrontEnd,
    browser: IDefaultFileBrowser | null,
    launcher: ILauncher | null,
    menu: IMainMenu | null,
  ) {
    app.commands.addCommand(CREATE, {
      label: FACTORY,
      caption: 'Create a new well-log pipeline',
      icon,
      execute: async (args) => {
        const folder = (args['cwd'] as string | undefined) ?? browser?.model.path ?? '';
        const path = await createFile(app, folder);
        return app.commands.execute('docmanager:open', { path, factory: FACTORY });
      },
    });
    launcher?.add({ command: CREATE, category: 'Other', rank: 1 });
    menu?.fileMenu.newMenu.addGroup([{ command: CREATE }], 30);
  },
};

/** A new file with an empty pipeline in it: a room must never see a file that is not there yet. */
async function createFile(app: JupyterFrontEnd, folder: string): Promise<string> {
  const { contents } = app.serviceManager;
  const { path } = await contents.newUntitled({ path: folder, type: 'file', ext: '.mudrock' });
  await contents.save(path, { type: 'file', format: 'text', content: emptyText() });
  return path;
}

export default [documents, creation];
