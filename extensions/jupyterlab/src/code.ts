/** The Python that shows a network, for panels and notebooks alike. */

/**
 * Return the lines that show a network.
 *
 * @param network - Name of a bundled network, or of a file in the kernel's folder.
 * @param preset - Name of a preset; empty and "default" are what the workbench begins with.
 */
export function workbenchCode(network: string, preset = ''): string {
  // JSON's strings are Python's, too: quotes and line ends in a name stay part of it.
  const settings = preset && preset !== 'default' ? `, preset=${JSON.stringify(preset)}` : '';
  return [
    'import workbench as wb',
    '',
    `bench = wb.Workbench(${JSON.stringify(network)}${settings})`,
    SHOW
  ].join('\n');
}

/** Shows the workbench that a kernel has made before. */
export const SHOW = 'bench';

/** What is asked of a kernel, as expressions: they change nothing in it. */
export const QUESTIONS = {
  installed: '__import__("importlib.util").util.find_spec("workbench.ui.app") is not None',
  shown: `${JSON.stringify(SHOW)} in globals()`
};
