import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelSpec } from '@jupyterlab/services';

import { QUESTIONS } from './code.js';

/** So long a kernel may take to start and to answer, in milliseconds. */
const PATIENCE_MS = 90_000;

/** What a kernel says of itself. */
export interface IAnswer {
  /** Whether it has the package. */
  installed: boolean;
  /** Whether it has a workbench already, as after a reload of the page. */
  shown: boolean;
}

/**
 * Return the names of the Python kernels, the one to try first in front.
 *
 * @param specs - The server's kernels.
 * @param preferred - The name that the user has set; empty for none.
 */
export function candidates(specs: KernelSpec.ISpecModels | null, preferred: string): string[] {
  const python = Object.values(specs?.kernelspecs ?? {}).filter(
    spec => spec !== undefined && spec.language.toLowerCase() === 'python'
  );
  const names = python.map(spec => spec!.name);
  const first = [preferred, specs?.default ?? ''].filter(name => names.includes(name));
  return [...new Set([...first, ...names])];
}

/** Ask a kernel whether it has the package, and a workbench. */
export async function ask(kernel: Kernel.IKernelConnection): Promise<IAnswer> {
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: QUESTIONS
  });
  const reply = await within(PATIENCE_MS, future.done);
  const told = reply?.content.status === 'ok' ? reply.content.user_expressions : {};
  const holds = (name: keyof typeof QUESTIONS) => {
    const answer = told[name] as { data?: Record<string, string> } | undefined;
    return answer?.data?.['text/plain'] === 'True';
  };
  return { installed: holds('installed'), shown: holds('shown') };
}

/**
 * Give a session a kernel that has the package.
 *
 * The kernel that it has already comes first: after a reload of the page that one lives on, and
 * otherwise somebody has chosen it.
 *
 * @returns What the kernel says, or the names of the kernels that lack the package.
 */
export async function findKernel(
  context: ISessionContext,
  preferred: string,
  onTry: (kernel: string) => void
): Promise<IAnswer | string[]> {
  await context.ready;
  const lacking: string[] = [];
  const current = context.session?.kernel;
  if (current) {
    onTry(displayName(context, current.name));
    const answer = await ask(current).catch(() => null);
    if (answer?.installed) {
      return answer;
    }
    lacking.push(current.name);
  }
  await context.specsManager.refreshSpecs(); // Somebody may have installed one since.
  for (const name of candidates(context.specsManager.specs, preferred)) {
    if (context.isDisposed) {
      break;
    }
    if (lacking.includes(name)) {
      continue;
    }
    onTry(displayName(context, name));
    // One that does not start, or dies of the question, is one that does not have the package.
    const kernel = await context.changeKernel({ name }).catch(() => null);
    const answer = kernel ? await ask(kernel).catch(() => null) : null;
    if (answer?.installed) {
      return answer;
    }
    lacking.push(name);
  }
  return lacking.map(name => displayName(context, name));
}

function displayName(context: ISessionContext, name: string): string {
  return context.specsManager.specs?.kernelspecs[name]?.display_name ?? name;
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Error('The kernel does not answer.')), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => window.clearTimeout(timer));
}
