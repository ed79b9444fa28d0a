"""What the course shows and asks: explorers, predictions, and checks of exercises.

All that explorers show is computed by the package's own simulator. The notebooks are in
``notebooks/course``.
"""

from workbench.teaching.classroom import ClassroomPage
from workbench.teaching.code_explorer import CodeExplorer
from workbench.teaching.coded_network_explorer import CodedNetworkExplorer
from workbench.teaching.conversion_explorer import ConversionExplorer
from workbench.teaching.cores_explorer import CoresExplorer
from workbench.teaching.counting_explorer import CountingExplorer
from workbench.teaching.course import exercise, predict
from workbench.teaching.depth_explorer import DepthExplorer
from workbench.teaching.energy_explorer import EnergyExplorer
from workbench.teaching.fixed_point_explorer import FixedPointExplorer
from workbench.teaching.judging import Exercise, Verdict
from workbench.teaching.layers_explorer import LayersExplorer
from workbench.teaching.neuron_explorer import NeuronExplorer
from workbench.teaching.order_explorer import OrderExplorer
from workbench.teaching.poisson_explorer import PoissonExplorer
from workbench.teaching.predicting import Prediction
from workbench.teaching.rate_explorer import RateExplorer
from workbench.teaching.spikes_explorer import SpikesExplorer
from workbench.teaching.tradeoff_explorer import TradeoffExplorer

__all__ = [
    "ClassroomPage",
    "CodeExplorer",
    "CodedNetworkExplorer",
    "ConversionExplorer",
    "CoresExplorer",
    "CountingExplorer",
    "DepthExplorer",
    "EnergyExplorer",
    "Exercise",
    "FixedPointExplorer",
    "LayersExplorer",
    "NeuronExplorer",
    "OrderExplorer",
    "PoissonExplorer",
    "Prediction",
    "RateExplorer",
    "SpikesExplorer",
    "TradeoffExplorer",
    "Verdict",
    "exercise",
    "predict",
]
