import type { Contents } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import { type ISignal, Signal } from '@lumino/signaling';

const KEY = 'snn-workbench:recent';
const MOST = 10;

/** Paths of the networks that were opened last, the latest first; kept in the workspace. */
export class Recent {
  constructor(
    private readonly _state: IStateDB | null,
    contents: Contents.IManager
  ) {
    contents.fileChanged.connect((_, { type, oldValue, newValue }) => {
      const path = oldValue?.path;
      if (path && (type === 'rename' || type === 'delete')) {
        void this._change(paths =>
          paths.flatMap(each => (each !== path ? [each] : newValue?.path ? [newValue.path] : []))
        );
      }
    });
    this._last = this._load();
  }

  /** Emitted when the list is another. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get paths(): readonly string[] {
    return this._paths;
  }

  /** Put a file in front. */
  add(path: string): Promise<void> {
    return this._change(paths => [path, ...paths.filter(each => each !== path)].slice(0, MOST));
  }

  private async _load(): Promise<void> {
    const found = await this._state?.fetch(KEY).catch(() => undefined);
    this._paths = Array.isArray(found)
      ? found.filter((path): path is string => typeof path === 'string').slice(0, MOST)
      : [];
    this._changed.emit();
  }

  /** Change the list, after what was asked for before. */
  private _change(edit: (paths: string[]) => string[]): Promise<void> {
    this._last = this._last.then(async () => {
      const paths = edit(this._paths);
      if (paths.join('\n') !== this._paths.join('\n')) {
        this._paths = paths;
        this._changed.emit();
        await this._state?.save(KEY, paths).catch(() => undefined);
      }
    });
    return this._last;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _last: Promise<void>;
  private _paths: string[] = [];
}
