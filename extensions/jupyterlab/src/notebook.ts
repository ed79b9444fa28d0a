import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { KernelSpec } from '@jupyterlab/services';

/**
 * Write a notebook that shows a network, and open it.
 *
 * @param manager - Of the documents.
 * @param kernel - The kernel that has the package.
 * @param code - Of its one cell.
 * @param folder - Where it is written; its kernel runs there.
 */
export async function openNotebook(
  manager: IDocumentManager,
  kernel: KernelSpec.ISpecModel | undefined,
  code: string,
  folder: string
): Promise<void> {
  const { contents } = manager.services;
  const { path } = await contents.newUntitled({ path: folder, type: 'notebook' });
  const kernelspec = kernel && {
    name: kernel.name,
    display_name: kernel.display_name,
    language: kernel.language
  };
  const cell = {
    cell_type: 'code',
    id: 'workbench',
    metadata: {},
    source: code,
    outputs: [],
    execution_count: null
  };
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: kernelspec ? { kernelspec } : {},
      cells: [cell]
    }
  });
  manager.openOrReveal(path);
}
