import type { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { type ISessionContext, Toolbar } from '@jupyterlab/apputils';
import { ABCWidgetFactory, DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { Widget } from '@lumino/widgets';
import { PipelineDocument } from '../document/pipeline';
import { mountEditor } from '../editor/index';
import type { PipelineModel } from './lab-document';
import { icon } from './lab-icon';
import { LabTabKernel } from './lab-kernel';
import { LabSync } from './lab-sync';

type Context = DocumentRegistry.IContext<PipelineModel>;

/** The editor as the content of a tab. */
class EditorPane extends Widget {
  readonly #close: (() => void)[];

  constructor(context: Context, provider: ICollaborativeContentProvider | null, dialogs: ISessionContext.IDialogs) {
    super();
    this.addClass('mudrock-tab');
    this.node.style.overflow = 'hidden';
    const document = new PipelineDocument(context.model.sharedModel.ydoc);
    const sync = new LabSync(context, provider);
    const kernel = new LabTabKernel(context.sessionContext, () => context.localPath, dialogs);
    const unmount = mountEditor(this.node, { document, sync, kernel });
    context.pathChanged.connect(kernel.moved, kernel);
    this.#close = [unmount, () => context.pathChanged.disconnect(kernel.moved, kernel), () => kernel.destroy(), () => sync.destroy(), () => document.destroy()];
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#close.forEach((close) => close());
    super.dispose();
  }
}

export class EditorFactory extends ABCWidgetFactory<DocumentWidget<Widget, PipelineModel>, PipelineModel> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<DocumentWidget<Widget, PipelineModel>>,
    private readonly provider: ICollaborativeContentProvider | null,
    private readonly dialogs: ISessionContext.IDialogs,
  ) {
    super(options);
  }

  protected override createNewWidget(context: Context): DocumentWidget<Widget, PipelineModel> {
    const content = new EditorPane(context, this.provider, this.dialogs);
    const widget = new DocumentWidget({ content, context });
    widget.title.icon = icon;
    const { sessionContext } = context;
    widget.toolbar.addItem('spacer', Toolbar.createSpacerItem());
    widget.toolbar.addItem('kernelName', Toolbar.createKernelNameItem(sessionContext, this.dialogs));
    widget.toolbar.addItem('kernelStatus', Toolbar.createKernelStatusItem(sessionContext));
    return widget;
  }
}
