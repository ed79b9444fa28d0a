"""Objects as they travel to workers: arrays in files by their place, all else by content."""

from __future__ import annotations

import io
import pickle
import threading
from typing import Any

import numpy as np

from workbench.util.file_arrays import FileArray, place_of


class Packed:
    """An object for other processes, which make it again when it is first asked for.

    Parameters
    ----------
    value : object

    Raises
    ------
    TypeError, AttributeError, pickle.PicklingError
        If a part of it cannot be sent.
    """

    def __init__(self, value: Any):
        from cloudpickle import CloudPickler

        class Pickler(CloudPickler):
            def reducer_override(self, each: Any) -> Any:
                if isinstance(each, np.ndarray) and (place := place_of(each)) is not None:
                    return FileArray.opened, (place,)
                return super().reducer_override(each)

        buffers: list[pickle.PickleBuffer] = []
        file = io.BytesIO()
        Pickler(file, protocol=5, buffer_callback=buffers.append).dump(value)
        self.content, self.buffers = file.getvalue(), buffers
        self._begin()

    def _begin(self) -> None:
        self._made: list[Any] = []
        self._lock = threading.Lock()

    def value(self) -> Any:
        """Return the object, made once in each process.

        Raises
        ------
        DataError
            If a file is not there.
        """
        with self._lock:
            if not self._made:
                self._made.append(pickle.loads(self.content, buffers=self.buffers))
            return self._made[0]

    def __getstate__(self) -> dict[str, Any]:
        # What arrived is kept as plain memory, which pickle takes in this form alone.
        buffers = [pickle.PickleBuffer(each) for each in self.buffers]
        return {"content": self.content, "buffers": buffers}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def __sizeof__(self) -> int:
        return len(self.content) + sum(memoryview(each).nbytes for each in self.buffers)
