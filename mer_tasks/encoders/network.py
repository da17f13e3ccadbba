"""Network of an encoder: load an ONNX model, check its tensors, and compute vectors; the child's side of an encoder process.

ONNX Runtime computes with one thread, which does not spin while it waits, and sends no telemetry. One window is computed at a
time, so that a vector does not depend on the track's other windows, and a long track takes no more memory than a short one.
"""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.child_process import Message, enter, limit_request, serve
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.front_ends import LogMel
from mer_tasks.encoders.model_checks import checked_model
from mer_tasks.encoders.windows import window_inputs
from mer_tasks.errors import AudioError, ConfigError

MEMORY_WORDS = ("bad_alloc", "allocate memory", "bad allocation", "out of memory")
"""What ONNX Runtime writes if memory runs out."""

Array32 = npt.NDArray[np.float32]


class Network:
    """The network of an encoder, ready to compute.

    Parameters
    ----------
    encoder : Encoder
    model : bytes
        Content of ``model.onnx``.
    cuda : bool
        Whether to compute on the GPU.

    Raises
    ------
    ConfigError
        If the model is refused, or its tensors are not those of the description.
    """

    def __init__(self, encoder: Encoder, model: bytes, *, cuda: bool = False) -> None:
        self.encoder = encoder
        self._session = _session(checked_model(model, encoder.output), cuda)
        inputs = self._session.get_inputs()
        if [tensor.name for tensor in inputs] != [encoder.input]:
            names = ", ".join(repr(tensor.name[:100]) for tensor in inputs)
            raise ConfigError(f"input tensors {names or 'none'}, expected only {encoder.input!r}")
        _check_tensor(inputs[0], self._input_shape())
        if self._session.get_outputs()[0].shape:
            _check_tensor(
                self._session.get_outputs()[0], [1, encoder.size] if encoder.pooling == "none" else [1, None, encoder.size]
            )

    def _input_shape(self) -> list[int | None]:
        front_end = self.encoder.front_end
        lengths = {"batch": 1, "channel": 1, "samples": self.encoder.window_frames, "frames": self.encoder.window_frames}
        if isinstance(front_end, LogMel):
            lengths["bands"] = front_end.n_mels
        return [lengths[axis] for axis in self.encoder.axes]

    def vectors(self, samples: Array32) -> Array32:
        """Compute the vector of each window of a track.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            Samples at 22,050 Hz.

        Returns
        -------
        np.ndarray [shape=(windows, size), dtype=float32]

        Raises
        ------
        AudioError
            ``no_embedding`` if a vector has NaN or infinite numbers.
        ConfigError
            If the output has another shape than the description says.
        """
        windows = self.encoder.windows(len(samples))
        vectors = np.empty((windows, self.encoder.size), np.float32)
        for number, tensor in enumerate(window_inputs(self.encoder, samples)):
            (output,) = self._session.run([self.encoder.output], {self.encoder.input: tensor})
            vectors[number] = self._pooled(output)
            if not np.isfinite(vectors[number]).all():
                raise AudioError(
                    "no_embedding",
                    f"the vector of window {number + 1} of {windows} has NaN or infinity, expected numbers ({self.encoder})",
                )
        return vectors

    def _pooled(self, output: Array32) -> Array32:
        steps = output if self.encoder.pooling == "none" else output[0] if output.ndim == 3 else output[:0]
        expected = self.encoder.size
        if (
            steps.ndim != 2
            or steps.shape[1] != expected
            or len(steps) < 1
            or (self.encoder.pooling == "none" and len(steps) > 1)
        ):
            form = f"[1, {expected}]" if self.encoder.pooling == "none" else f"[1, steps, {expected}]"
            raise ConfigError(f"output {self.encoder.output!r} has shape {list(output.shape)}, expected {form}")
        pooled: Array32 = steps.max(axis=0) if self.encoder.pooling == "max" else steps.mean(axis=0, dtype=np.float64)
        return pooled


def _check_tensor(tensor: Any, expected: list[int | None]) -> None:
    """Compare type, rank and fixed lengths of a tensor with what is expected; None allows any length."""
    shape = list(tensor.shape)
    fits = len(shape) == len(expected) and all(
        not isinstance(length, int) or wanted is None or length == wanted
        for length, wanted in zip(shape, expected, strict=True)
    )
    if tensor.type != "tensor(float)" or not fits:
        form = ["any" if length is None else length for length in expected]
        raise ConfigError(f"tensor {tensor.name[:100]!r} is {tensor.type} {shape}, expected tensor(float) {form}")


def _session(model: bytes, cuda: bool) -> Any:
    """Start ONNX Runtime with a model."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    available = onnxruntime.get_available_providers()
    if cuda and "CUDAExecutionProvider" not in available:
        raise ConfigError(f"ONNX Runtime has {', '.join(available)}, expected CUDAExecutionProvider (package onnxruntime-gpu)")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena grows by doubling, and keeps the most that any track needed
    options.log_severity_level = 4
    for threads in ("intra_op", "inter_op"):
        options.add_session_config_entry(f"session.{threads}.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            model, options, providers=["CUDAExecutionProvider"] if cuda else ["CPUExecutionProvider"]
        )
    except Exception as error:  # its errors have no common class
        raise ConfigError(f"ONNX Runtime refuses the model: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


class Responder:
    """Answers the requests of :class:`mer_tasks.encoders.encoder_process.EncoderProcess`: first a model, then tracks."""

    def __init__(self) -> None:
        self._network: Network | None = None

    def __call__(self, request: dict[str, Any], body: bytes) -> Message:
        """Load the model of the first request, or compute the vectors of a track."""
        limit_request(request["cpu_seconds"])
        try:
            if self._network is None:
                self._network = Network(Encoder.of(request["encoder"]), body, cuda=request["cuda"])
                return {}, b""
            return {}, self._network.vectors(np.frombuffer(body, np.float32)).tobytes()
        except AudioError as error:
            return {"reason": error.reason, "detail": error.detail}, b""
        except ConfigError as error:
            return {"refused": str(error)}, b""
        except ImportError as error:
            return {"refused": f"{error}; expected the packages onnx and onnxruntime"}, b""
        except MemoryError:
            return {"memory": True}, b""
        except Exception as error:  # ONNX Runtime's errors have no common class
            if any(word in str(error) for word in MEMORY_WORDS):
                return {"memory": True}, b""
            return {"reason": "no_embedding", "detail": f"ONNX Runtime: {_line(error)}"}, b""


if __name__ == "__main__":
    serve(*enter(sys.argv), Responder())
