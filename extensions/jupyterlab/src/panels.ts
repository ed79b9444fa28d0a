import {
  MainAreaWidget,
  SessionContext,
  SessionContextDialogs,
  Toolbar
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import {
  ABCWidgetFactory,
  DocumentWidget,
  type DocumentRegistry
} from '@jupyterlab/docregistry';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ServiceManager } from '@jupyterlab/services';
import { notebookIcon, ToolbarButton } from '@jupyterlab/ui-components';
import { UUID } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

import { WorkbenchBody } from './body.js';
import type { IChoices } from './choices.js';
import { FileReferenceFactory, protect } from './filereference.js';
import { workbenchIcon } from './icons.js';

/** Name of the factory, as the menu *Open With* shows it. */
export const FACTORY = 'SNN Workbench';

/** What all panels share. */
export interface IPanelOptions {
  rendermime: IRenderMimeRegistry;
  choices: () => Promise<IChoices>;
  /** Writes a notebook that shows the same network, and opens it. */
  openAsNotebook: (body: WorkbenchBody, folder: string) => unknown;
}

/** Opens files of networks in the workbench. */
export class WorkbenchFactory extends ABCWidgetFactory<DocumentWidget<WorkbenchBody>> {
  constructor(fileTypes: string[], options: IPanelOptions) {
    super({
      name: FACTORY,
      modelName: FileReferenceFactory.NAME,
      fileTypes,
      defaultFor: fileTypes,
      readOnly: true,
      // The body starts the kernel: it knows which ones have the package.
      canStartKernel: true,
      preferKernel: false,
      shutdownOnClose: true
    });
    this._panels = options;
  }

  protected override createNewWidget(
    context: DocumentRegistry.Context
  ): DocumentWidget<WorkbenchBody> {
    protect(context);
    const content = new WorkbenchBody({
      sessionContext: context.sessionContext,
      rendermime: this._panels.rendermime,
      choices: this._panels.choices,
      network: () => PathExt.basename(context.localPath)
    });
    const widget = new DocumentWidget({ content, context });
    widget.addClass('snn-workbench-document');
    widget.title.icon = workbenchIcon;
    equip(widget.toolbar, content, () =>
      this._panels.openAsNotebook(content, PathExt.dirname(context.path))
    );
    void context.ready.then(() => content.start());
    return widget;
  }

  private readonly _panels: IPanelOptions;
}

/** What a panel of a bundled network needs to come back after a reload of the page. */
export interface IBundledArguments {
  network: string;
  /** Its session; a new one if not given. */
  id?: string;
  /** Folder of the kernel. */
  cwd?: string;
}

/** Return a panel that shows a bundled network, which has no file. */
export function bundledPanel(
  services: ServiceManager.IManager,
  options: IPanelOptions,
  asked: IBundledArguments
): MainAreaWidget<WorkbenchBody> {
  const { network, id = UUID.uuid4(), cwd = '' } = asked;
  const sessionContext = new SessionContext({
    kernelManager: services.kernels,
    sessionManager: services.sessions,
    specsManager: services.kernelspecs,
    path: PathExt.join(cwd, `snn-workbench-${id}`),
    name: `SNN Workbench: ${network}`,
    type: 'snn-workbench',
    kernelPreference: { shouldStart: false, canStart: true, shutdownOnDispose: true }
  });
  const content = new WorkbenchBody({
    sessionContext,
    rendermime: options.rendermime,
    choices: options.choices,
    network: () => network
  });
  const widget = new MainAreaWidget({ content });
  widget.id = `snn-workbench-${id}`;
  widget.title.label = network;
  widget.title.caption = `SNN Workbench\nNetwork: ${network} (bundled)`;
  widget.title.icon = workbenchIcon;
  widget.title.closable = true;
  panelArguments.set(widget, { network, id, cwd });
  equip(widget.toolbar, content, () => options.openAsNotebook(content, cwd));
  widget.disposed.connect(() => sessionContext.dispose());
  void sessionContext.initialize().then(() => content.start());
  return widget;
}

const panelArguments = new WeakMap<Widget, Required<IBundledArguments>>();

/** Return what a panel was made of. */
export function argumentsOf(widget: Widget): Required<IBundledArguments> | undefined {
  return panelArguments.get(widget);
}

function equip(toolbar: DocumentWidget['toolbar'], body: WorkbenchBody, notebook: () => unknown): void {
  const dialogs = new SessionContextDialogs();
  const context = body.sessionContext;
  toolbar.addItem('restart', Toolbar.createRestartButton(context, dialogs));
  toolbar.addItem(
    'notebook',
    new ToolbarButton({
      icon: notebookIcon,
      label: 'Open as notebook',
      tooltip: 'Write a notebook that shows this network, and open it',
      onClick: () => void notebook()
    })
  );
  toolbar.addItem('spacer', Toolbar.createSpacerItem());
  toolbar.addItem('kernelName', Toolbar.createKernelNameItem(context, dialogs));
  toolbar.addItem('kernelStatus', Toolbar.createKernelStatusItem(context));
}
