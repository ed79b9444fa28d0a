import { DocumentModel, type DocumentRegistry } from '@jupyterlab/docregistry';

/**
 * A document that stands for a file whose contents the page does not hold.
 *
 * The kernel reads the file. So nothing is fetched, which would be hundreds of megabytes for a
 * large network, and nothing can be written back.
 */
class FileReference extends DocumentModel {
  override toString(): string {
    throw new Error('This page does not hold the contents of the file, and cannot write it.');
  }
}

/** Makes such documents. */
export class FileReferenceFactory implements DocumentRegistry.IModelFactory<DocumentRegistry.IModel> {
  readonly name = FileReferenceFactory.NAME;
  readonly contentType = 'file';
  readonly fileFormat = null;
  readonly isDisposed = false;

  createNew(): DocumentRegistry.IModel {
    const model = new FileReference();
    model.readOnly = true;
    return model;
  }

  preferredLanguage(): string {
    return 'python';
  }

  dispose(): void {
    // Holds nothing.
  }
}

export namespace FileReferenceFactory {
  export const NAME = 'snn-workbench-file';
}

/** Let JupyterLab take a file for one that cannot be written: it neither saves nor copies it. */
export function protect(context: DocumentRegistry.Context): void {
  if (Object.hasOwn(context, 'contentsModel')) {
    return; // views of one file share the context
  }
  const told = Object.getPrototypeOf(context);
  Object.defineProperties(context, {
    canSave: { value: false },
    contentsModel: {
      get: () => {
        const model = Reflect.get(told, 'contentsModel', context);
        return model && { ...model, writable: false };
      }
    }
  });
}
