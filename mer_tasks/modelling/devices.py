"""What the model runs on: set up before any other use of Keras, and said in one line.

On a GPU: memory is taken as needed, layers compute in 16 bits where the chip has units for it, and XLA compiles the steps.
On a CPU: 32 bits and no XLA, which is six times slower there; and operations in a fixed order, so that a seed means the same
numbers twice.
"""

from dataclasses import dataclass

import keras

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.machine import cores


@dataclass(frozen=True)
class Device:
    """What the model runs on.

    Attributes
    ----------
    name : str
        For people: kind, number and backend.
    gpu : bool
    policy : str
        Keras' dtype policy for training.
    """

    name: str
    gpu: bool
    policy: str


def prepare(config: Config) -> Device:
    """Set the backend up and find out what it has; raises :class:`ConfigError` if there is no GPU and `config` requires one."""
    found = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]()
    if config.gpu == "require" and not found.gpu:
        raise ConfigError(f"gpu='require': {found.name}, expected a GPU that the driver and {keras.backend.backend()} see")
    keras.config.set_dtype_policy(found.policy)
    return found


def _cpu() -> Device:
    return Device(f"CPU, {cores()} cores ({keras.backend.backend()})", gpu=False, policy="float32")


def _tensorflow() -> Device:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        tf.config.experimental.enable_op_determinism()
        return _cpu()
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0])
    capability = details.get("compute_capability", (0, 0))
    return _gpu(details.get("device_name", "GPU"), len(gpus), capability)


def _jax() -> Device:
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    return _gpu(gpus[0].device_kind, len(gpus), (8, 0)) if gpus else _cpu()


def _torch() -> Device:
    import torch

    if not torch.cuda.is_available():
        return _cpu()
    return _gpu(torch.cuda.get_device_name(0), torch.cuda.device_count(), torch.cuda.get_device_capability(0))


def _gpu(name: str, number: int, capability: tuple[int, int]) -> Device:
    """Units for 16-bit floats came with NVIDIA's compute capability 7.0, for bfloat16, which needs no scaling, with 8.0."""
    policy = "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return Device(f"{number} GPU, {name}, {policy} ({keras.backend.backend()})", gpu=True, policy=policy)
