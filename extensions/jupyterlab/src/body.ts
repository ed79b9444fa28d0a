import { type ISessionContext, SessionContextDialogs } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Session } from '@jupyterlab/services';
import { registerWidgetManager } from '@jupyter-widgets/jupyterlab-manager';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';

import type { IChoices } from './choices.js';
import { SHOW, workbenchCode } from './code.js';
import { findKernel } from './kernels.js';

/** What a body shows, and where. */
export interface IBodyOptions {
  sessionContext: ISessionContext;
  rendermime: IRenderMimeRegistry;
  /** Name of the network: bundled, or a file in the kernel's folder. */
  network: () => string;
  /** What the user has set. */
  choices: () => Promise<IChoices>;
}

type Action = { label: string; run: () => unknown };

/** The workbench of one network, in a kernel of its own. */
export class WorkbenchBody extends Panel {
  constructor(options: IBodyOptions) {
    super();
    this.addClass('snn-workbench-body');
    this._options = options;
    this._rendermime = options.rendermime.clone();
    this._outputs = new SimplifiedOutputArea({
      model: new OutputAreaModel({ trusted: true }),
      rendermime: this._rendermime
    });
    this._message = new Widget();
    this._message.addClass('snn-workbench-message');
    this._message.node.setAttribute('role', 'status');
    this.addWidget(this._message);
    this.addWidget(this._outputs);
    this._outputs.model.changed.connect(() => {
      if (this._outputs.model.length) {
        this._message.hide();
      }
    });
    this.sessionContext.statusChanged.connect(this._onStatus, this);
    this.sessionContext.kernelChanged.connect(this._onKernel, this);
  }

  get sessionContext(): ISessionContext {
    return this._options.sessionContext;
  }

  /** Return the Python that shows the network. */
  async code(): Promise<string> {
    const { preset } = await this._options.choices();
    return workbenchCode(this._options.network(), preset);
  }

  /** Find a kernel that has the package, and show the workbench. */
  async start(): Promise<void> {
    if (this._starting) {
      return;
    }
    this._starting = true;
    try {
      await this._start();
    } catch (error) {
      this._say(`The workbench did not start: ${(error as Error).message}`, this._again());
    } finally {
      this._starting = false;
    }
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._manager?.dispose();
      Signal.clearData(this);
      super.dispose();
    }
  }

  private async _start(): Promise<void> {
    const { network, choices } = this._options;
    this._ended = false;
    this._outputs.model.clear();
    this._say('Looking for a kernel with snn-workbench …');
    const { kernel } = await choices();
    const found = await findKernel(this.sessionContext, kernel, name =>
      this._say(`Starting ${name} …`)
    );
    if (this.isDisposed) {
      return;
    }
    if (Array.isArray(found)) {
      await this.sessionContext.shutdown();
      const install = `python -m pip install ${found.length ? '' : 'ipykernel '}snn-workbench`;
      this._say(lacks(found), [...this._again(), ...this._other()], install);
      return;
    }
    this._say(`Opening ${network()} …`);
    this._manage();
    const code = found.shown ? SHOW : await this.code();
    await SimplifiedOutputArea.execute(code, this._outputs, this.sessionContext);
  }

  /** Let widgets find their models; the manager follows the session to other kernels by itself. */
  private _manage(): void {
    if (this._manager) {
      return;
    }
    // The manager was made for notebooks: it also saves to the document, and here is none.
    const context = {
      sessionContext: this.sessionContext,
      saveState: new Signal<this, DocumentRegistry.SaveState>(this),
      model: { getMetadata: () => undefined, setMetadata: () => undefined }
    } as unknown as Parameters<typeof registerWidgetManager>[0];
    this._manager = registerWidgetManager(context, this._rendermime as any, [].values() as any);
  }

  private _onStatus(_: ISessionContext, status: string): void {
    if (status === 'restarting') {
      this._ended = true;
      this._outputs.model.clear();
      this._say('The kernel restarts …');
    } else if (status === 'autorestarting' || status === 'dead') {
      this._ended = false;
      this._outputs.model.clear();
      this._say('The kernel has died; most often the memory ran out.', this._again());
    } else if (status === 'idle' && this._ended) {
      void this.start();
    }
  }

  private _onKernel(_: ISessionContext, change: Session.ISessionConnection.IKernelChangedArgs): void {
    if (change.newValue && !this._starting) {
      void this.start();
    }
  }

  private _again(): Action[] {
    return [{ label: 'Try again', run: () => this.start() }];
  }

  private _other(): Action[] {
    const dialogs = new SessionContextDialogs();
    return [{ label: 'Choose a kernel …', run: () => dialogs.selectKernel(this.sessionContext) }];
  }

  private _say(text: string, actions: Action[] = [], command = ''): void {
    const words = document.createElement('p');
    words.textContent = text;
    const line = document.createElement('pre');
    line.textContent = command;
    line.hidden = !command;
    const buttons = actions.map(action => {
      const button = document.createElement('button');
      button.className = 'jp-mod-styled jp-mod-accept';
      button.textContent = action.label;
      button.addEventListener('click', () => void action.run());
      return button;
    });
    this._message.node.replaceChildren(words, line, ...buttons);
    this._message.show();
  }

  private _ended = false;
  private _manager: IDisposable | null = null;
  private readonly _message: Widget;
  private readonly _options: IBodyOptions;
  private readonly _outputs: SimplifiedOutputArea;
  private readonly _rendermime: IRenderMimeRegistry;
  private _starting = false;
}

/** Say which kernels lack the package. */
function lacks(kernels: string[]): string {
  if (!kernels.length) {
    return 'This server has no Python kernel. Install one with snn-workbench:';
  }
  const names = kernels.join(', ');
  const have = kernels.length > 1 ? `The kernels ${names} do` : `The kernel ${names} does`;
  return `${have} not have snn-workbench. Install it in the environment of a kernel:`;
}
