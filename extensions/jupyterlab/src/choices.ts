import type { IThemeManager } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** What the user has set on the settings page; `schema/plugin.json` has the defaults. */
export interface IChoices {
  kernel: string;
  preset: string;
  theme: string;
}

/** Return what yields the settings as they are at that moment. */
export function choicesOf(registry: ISettingRegistry | null, plugin: string): () => Promise<IChoices> {
  const loading = registry?.load(plugin).catch(() => null);
  return async () => {
    const settings = await loading;
    const text = (name: string) => {
      const value = settings?.get(name).composite;
      return typeof value === 'string' ? value : '';
    };
    return { kernel: text('kernel'), preset: text('preset'), theme: text('theme') };
  };
}

/** Change JupyterLab's theme where another is wished for. */
export async function wear(themes: IThemeManager | null, theme: string): Promise<void> {
  if (!themes?.theme || !['light', 'dark'].includes(theme)) {
    return;
  }
  const light = theme === 'light';
  const name = light
    ? (themes.preferredLightTheme ?? 'JupyterLab Light')
    : (themes.preferredDarkTheme ?? 'JupyterLab Dark');
  if (themes.isLight(themes.theme) !== light && themes.themes.includes(name)) {
    await themes.setTheme(name);
  }
}
