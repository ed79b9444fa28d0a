import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';

import type { WorkbenchBody } from './body.js';
import { choicesOf, wear } from './choices.js';
import { workbenchCode } from './code.js';
import { FileReferenceFactory } from './filereference.js';
import { FILE_TYPES, holdsNetwork, isSnn } from './filetypes.js';
import { snnIcon, workbenchIcon } from './icons.js';
import { openNotebook } from './notebook.js';
import { SummaryFactory, VIEWER } from './snn/viewer.js';
import {
  argumentsOf,
  bundledPanel,
  FACTORY,
  type IBundledArguments,
  type IPanelOptions,
  WorkbenchFactory
} from './panels.js';
import { Recent } from './recent.js';
import { NetworksSidebar } from './sidebar.js';

/** Commands of the extension. */
export const CommandIDs = {
  open: 'snn-workbench:open',
  openSelected: 'snn-workbench:open-selected',
  summarize: 'snn-workbench:summarize'
} as const;

const ID = 'snn-workbench:plugin';
const CATEGORY = 'SNN Workbench';
const FIRST_NETWORK = 'lenet';

/** Panels of networks, and the ways to open them. */
export const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Opens trained networks in the SNN workbench.',
  autoStart: true,
  requires: [IDocumentManager, IRenderMimeRegistry],
  optional: [
    ICommandPalette,
    IFileBrowserFactory,
    ILabShell,
    ILauncher,
    ILayoutRestorer,
    ISettingRegistry,
    IStateDB,
    IThemeManager
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    browsers: IFileBrowserFactory | null,
    lab: ILabShell | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null,
    themes: IThemeManager | null
  ) => {
    const { commands, docRegistry, shell, serviceManager } = app;
    const choices = choicesOf(registry, ID);
    const dress = async () => wear(themes, (await choices()).theme);
    const recent = new Recent(state, serviceManager.contents);
    const options: IPanelOptions = {
      rendermime,
      choices,
      openAsNotebook: async (body, folder) => {
        const specs = serviceManager.kernelspecs.specs;
        const kernel = body.sessionContext.session?.kernel?.name ?? specs?.default ?? '';
        return openNotebook(manager, specs?.kernelspecs[kernel], await body.code(), folder);
      }
    };

    const files = new WidgetTracker<DocumentWidget<WorkbenchBody>>({
      namespace: 'snn-workbench-files'
    });
    const bundled = new WidgetTracker<MainAreaWidget<WorkbenchBody>>({ namespace: 'snn-workbench' });

    for (const type of FILE_TYPES) {
      docRegistry.addFileType(type);
    }
    docRegistry.addModelFactory(new FileReferenceFactory());
    const factory = new WorkbenchFactory(FILE_TYPES.map(type => type.name!), options);
    factory.widgetCreated.connect((_, widget) => {
      void files.add(widget);
      void recent.add(widget.context.path);
      void dress();
      widget.context.pathChanged.connect(() => void files.save(widget));
    });
    docRegistry.addWidgetFactory(factory);
    const summaries = new WidgetTracker<DocumentWidget>({ namespace: 'snn-workbench-summaries' });
    const viewer = new SummaryFactory(serviceManager.contents, path =>
      commands.execute(CommandIDs.open, { path })
    );
    viewer.widgetCreated.connect((_, widget) => {
      void summaries.add(widget);
      widget.context.pathChanged.connect(() => void summaries.save(widget));
    });
    docRegistry.addWidgetFactory(viewer);

    commands.addCommand(CommandIDs.open, {
      label: args => (args.isPalette ? 'Open the SNN Workbench' : 'SNN Workbench'),
      caption: 'Turn a trained network into a spiking one, and watch it while tuning',
      icon: workbenchIcon,
      execute: async args => {
        if (typeof args.path === 'string') {
          return manager.openOrReveal(args.path, FACTORY);
        }
        const network = typeof args.network === 'string' ? args.network : FIRST_NETWORK;
        const cwd = typeof args.cwd === 'string' ? args.cwd : '';
        if (!lab) {
          // A page of Notebook 7 holds one document, so it needs a file.
          const specs = serviceManager.kernelspecs.specs;
          const { kernel, preset } = await choices();
          const spec = specs?.kernelspecs[kernel || specs.default];
          return openNotebook(manager, spec, workbenchCode(network, preset), cwd);
        }
        const asked: IBundledArguments = { network, cwd };
        if (typeof args.id === 'string') {
          asked.id = args.id;
        }
        const widget = bundledPanel(serviceManager, options, asked);
        await bundled.add(widget);
        void dress();
        shell.add(widget, 'main', { type: 'SNN Workbench' });
        shell.activateById(widget.id);
        return widget;
      }
    });
    const selected = () => {
      const items = browsers?.tracker.currentWidget?.selectedItems() ?? [];
      return [...items].filter(item => item.type !== 'directory');
    };
    commands.addCommand(CommandIDs.openSelected, {
      label: 'Open in SNN Workbench',
      icon: workbenchIcon,
      isVisible: () => selected().length > 0 && selected().every(item => holdsNetwork(item.path)),
      execute: () => {
        for (const item of selected()) {
          manager.openOrReveal(item.path, FACTORY);
        }
      }
    });
    commands.addCommand(CommandIDs.summarize, {
      label: 'Show Network Summary',
      caption: 'Layers, counts and settings of a .snn file, without a kernel',
      icon: snnIcon,
      isVisible: () => selected().length > 0 && selected().every(item => isSnn(item.path)),
      execute: () => {
        for (const item of selected()) {
          manager.openOrReveal(item.path, VIEWER);
        }
      }
    });

    for (const [rank, command] of [CommandIDs.openSelected, CommandIDs.summarize].entries()) {
      app.contextMenu.addItem({
        command,
        selector: '.jp-DirListing-item[data-isdir="false"]',
        rank
      });
    }
    const sidebar = new NetworksSidebar(recent, {
      file: path => commands.execute(CommandIDs.open, { path }),
      bundled: network => commands.execute(CommandIDs.open, { network })
    });
    lab?.add(sidebar, 'left', { rank: 600 });
    palette?.addItem({ command: CommandIDs.open, category: CATEGORY, args: { isPalette: true } });
    launcher?.add({ command: CommandIDs.open, category: CATEGORY, rank: 0 });
    if (restorer) {
      restorer.add(sidebar, sidebar.id);
      void restorer.restore(files, {
        command: 'docmanager:open',
        args: widget => ({ path: widget.context.path, factory: FACTORY }),
        name: widget => widget.context.path
      });
      void restorer.restore(summaries, {
        command: 'docmanager:open',
        args: widget => ({ path: widget.context.path, factory: VIEWER }),
        name: widget => widget.context.path
      });
      void restorer.restore(bundled, {
        command: CommandIDs.open,
        args: widget => ({ ...argumentsOf(widget) }),
        name: widget => widget.id
      });
    }
  }
};
