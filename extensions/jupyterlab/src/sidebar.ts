import { PathExt } from '@jupyterlab/coreutils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import bundled from './bundled.json';
import { iconOf } from './filetypes.js';
import { workbenchIcon } from './icons.js';
import type { Recent } from './recent.js';

/** Ways to open what the side bar lists. */
export interface IOpeners {
  file: (path: string) => unknown;
  bundled: (network: string) => unknown;
}

interface IItem {
  name: string;
  about: string;
  title: string;
  icon: LabIcon;
  open: () => unknown;
}

/** The networks that were opened last and those of the package, to be opened by a click. */
export class NetworksSidebar extends Widget {
  constructor(
    private readonly _recent: Recent,
    private readonly _open: IOpeners
  ) {
    super();
    this.id = 'snn-workbench-networks';
    this.addClass('snn-workbench-networks');
    this.title.icon = workbenchIcon;
    this.title.caption = 'SNN Workbench: networks';
    _recent.changed.connect(() => this._show());
    this._show();
  }

  private _show(): void {
    const recent = this._recent.paths.map(path => ({
      name: PathExt.basename(path),
      about: PathExt.dirname(path) || '/',
      title: path,
      icon: iconOf(path) ?? workbenchIcon,
      open: () => this._open.file(path)
    }));
    const own = bundled.map(({ name, about }) => ({
      name,
      about,
      title: `${name}: ${about}`,
      icon: workbenchIcon,
      open: () => this._open.bundled(name)
    }));
    this.node.replaceChildren(
      ...section('Recent networks', recent, 'None yet. Double-click a network in the file browser.'),
      ...section('Bundled networks', own, '')
    );
  }
}

function section(title: string, items: IItem[], empty: string): HTMLElement[] {
  const heading = element('h2', title);
  if (!items.length) {
    return [heading, element('p', empty)];
  }
  const list = element('ul');
  list.setAttribute('aria-label', title);
  for (const item of items) {
    const button = element('button');
    button.title = item.title;
    const words = element('span');
    words.append(element('strong', item.name), element('small', item.about));
    button.append(item.icon.element({ tag: 'span', stylesheet: 'listing' }), words);
    button.addEventListener('click', () => void item.open());
    const entry = element('li');
    entry.append(button);
    list.append(entry);
  }
  return [heading, list];
}

function element(tag: string, words = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}
