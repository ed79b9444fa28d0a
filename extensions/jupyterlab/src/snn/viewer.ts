import { ABCWidgetFactory, DocumentWidget, type DocumentRegistry } from '@jupyterlab/docregistry';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import { ToolbarButton } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { FileReferenceFactory, protect } from '../filereference.js';
import { snnIcon, workbenchIcon } from '../icons.js';
import { BadFile, type Read } from './archive.js';
import { type ISummary, type ITable, summary } from './network.js';

/** Name of the factory, as the menu *Open With* shows it. */
export const VIEWER = 'Network Summary';

/** Files up to this size are fetched at once, larger ones in the parts that are read. */
const WHOLE = 4 * 2 ** 20;

/** Shows what `.snn` files hold, without a kernel. */
export class SummaryFactory extends ABCWidgetFactory<DocumentWidget> {
  constructor(
    private readonly _contents: Contents.IManager,
    private readonly _open: (path: string) => unknown
  ) {
    super({
      name: VIEWER,
      modelName: FileReferenceFactory.NAME,
      fileTypes: ['snn-workbench-snn'],
      readOnly: true
    });
  }

  protected override createNewWidget(context: DocumentRegistry.Context): DocumentWidget {
    protect(context);
    const content = new Widget();
    content.addClass('snn-workbench-summary');
    content.node.tabIndex = 0; // scrolls without a mouse
    const widget = new DocumentWidget({ content, context });
    widget.title.icon = snnIcon;
    widget.toolbar.addItem(
      'open',
      new ToolbarButton({
        icon: workbenchIcon,
        label: 'Open in SNN Workbench',
        onClick: () => void this._open(context.path)
      })
    );
    const show = async () => {
      try {
        const { size } = await this._contents.get(context.path, { content: false });
        const told = await summary(await reader(this._contents, context.path, size ?? 0), size ?? 0);
        content.node.replaceChildren(...page(told));
      } catch (error) {
        content.node.replaceChildren(node('p', refusal(context.localPath, error as Error)));
      }
    };
    void context.ready.then(show);
    context.fileChanged.connect(() => void show());
    return widget;
  }
}

function refusal(path: string, error: Error): string {
  return error instanceof BadFile
    ? `${path} cannot be shown: ${error.message}. Save or copy the network again.`
    : `${path} cannot be read: ${error.message}`;
}

/** Return what reads parts of a file of a server. */
async function reader(contents: Contents.IManager, path: string, size: number): Promise<Read> {
  const url = await contents.getDownloadUrl(path);
  const fetched = async (start: number, length: number): Promise<Uint8Array> => {
    const headers = { Range: `bytes=${start}-${start + length - 1}` };
    const answer = await ServerConnection.makeRequest(url, { headers }, contents.serverSettings);
    if (answer.status !== 206 && (answer.status !== 200 || length !== size)) {
      await answer.body?.cancel();
      throw new Error(`The server answers ${answer.status} where a part of the file was asked for.`);
    }
    return firstBytes(answer, length);
  };
  const whole = size > 0 && size <= WHOLE ? await fetched(0, size) : null;
  return async (start, length) => {
    if (start < 0 || length < 0 || start + length > size) {
      throw new BadFile('it ends too early');
    }
    return length ? (whole?.slice(start, start + length) ?? fetched(start, length)) : new Uint8Array();
  };
}

/** Read so many bytes of an answer, and let go of the rest. */
async function firstBytes(answer: Response, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const body = answer.body!.getReader();
  let at = 0;
  while (at < length) {
    const { done, value } = await body.read();
    if (done) {
      throw new BadFile('it ends too early');
    }
    const part = value.subarray(0, length - at);
    bytes.set(part, at);
    at += part.length;
  }
  await body.cancel();
  return bytes;
}

function page(told: ISummary): HTMLElement[] {
  const counts = node('ul');
  counts.className = 'snn-workbench-counts';
  for (const [name, value] of told.counts) {
    const item = node('li');
    item.append(node('strong', value), ` ${name}`);
    counts.append(item);
  }
  return [node('h1', told.name || 'unnamed'), node('p', told.kind), counts, ...told.tables.flatMap(grid)];
}

function grid(told: ITable): HTMLElement[] {
  const made = document.createElement('table');
  made.setAttribute('aria-label', told.title);
  const head = made.createTHead().insertRow();
  for (const column of told.columns) {
    const cell = node('th', column);
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  const body = made.createTBody();
  for (const row of told.rows) {
    const line = body.insertRow();
    for (const value of row) {
      const cell = line.insertCell();
      cell.textContent = value;
      cell.classList.toggle('snn-workbench-number', /^[\d,.]+$/.test(value));
    }
  }
  const scroll = node('div');
  scroll.className = 'snn-workbench-scroll';
  scroll.append(made);
  return [node('h2', told.title), scroll];
}

/** Make an element. Text from a file is only ever set as text. */
function node(tag: string, words = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}
