import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { LabIcon } from '@jupyterlab/ui-components';

import { kerasIcon, nirIcon, onnxIcon, snnIcon } from './icons.js';

/** The files that hold networks. */
export const FILE_TYPES: readonly Partial<DocumentRegistry.IFileType>[] = [
  {
    name: 'snn-workbench-keras',
    displayName: 'Keras model',
    extensions: ['.keras'],
    icon: kerasIcon
  },
  {
    name: 'snn-workbench-hdf5',
    displayName: 'Keras model (HDF5)',
    extensions: ['.h5', '.hdf5'],
    icon: kerasIcon
  },
  {
    name: 'snn-workbench-onnx',
    displayName: 'ONNX model',
    extensions: ['.onnx'],
    icon: onnxIcon
  },
  {
    name: 'snn-workbench-nir',
    displayName: 'NIR graph',
    extensions: ['.nir'],
    icon: nirIcon
  },
  {
    name: 'snn-workbench-snn',
    displayName: 'Spiking network',
    extensions: ['.snn'],
    icon: snnIcon
  }
].map(type => ({
  ...type,
  mimeTypes: ['application/octet-stream'],
  contentType: 'file' as const,
  fileFormat: 'base64' as const
}));

function typeOf(path: string): Partial<DocumentRegistry.IFileType> | undefined {
  const name = path.toLowerCase();
  return FILE_TYPES.find(type => type.extensions?.some(extension => name.endsWith(extension)));
}

/** Whether a file's name says that it holds a network. */
export function holdsNetwork(path: string): boolean {
  return typeOf(path) !== undefined;
}

/** Return the icon of such a file. */
export function iconOf(path: string): LabIcon | undefined {
  return typeOf(path)?.icon;
}

/** Whether a file's name says that it holds a network that was saved by the workbench. */
export function isSnn(path: string): boolean {
  return path.toLowerCase().endsWith('.snn');
}
