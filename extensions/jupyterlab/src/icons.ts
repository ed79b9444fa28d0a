import { LabIcon } from '@jupyterlab/ui-components';

import kerasSvg from '../style/icons/keras.svg';
import nirSvg from '../style/icons/nir.svg';
import onnxSvg from '../style/icons/onnx.svg';
import snnSvg from '../style/icons/snn.svg';
import workbenchSvg from '../style/icons/workbench.svg';

export const workbenchIcon = new LabIcon({ name: 'snn-workbench:workbench', svgstr: workbenchSvg });
export const kerasIcon = new LabIcon({ name: 'snn-workbench:keras', svgstr: kerasSvg });
export const onnxIcon = new LabIcon({ name: 'snn-workbench:onnx', svgstr: onnxSvg });
export const nirIcon = new LabIcon({ name: 'snn-workbench:nir', svgstr: nirSvg });
export const snnIcon = new LabIcon({ name: 'snn-workbench:snn', svgstr: snnSvg });
