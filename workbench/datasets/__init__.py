"""Samples to convert and test with: bundled, from arrays, from files."""

from workbench.datasets.bundled import load, model_names, model_path
from workbench.datasets.dataset import Dataset

__all__ = ["Dataset", "load", "model_names", "model_path"]
