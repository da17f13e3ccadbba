"""Device setup for Keras: GPU or CPU, numeric precision and memory. It must run before any other use of Keras.

On a GPU, memory is allocated as needed. Layers compute in 16 bits if the chip has units for that, and XLA compiles the steps.
On a CPU, layers compute in 32 bits. XLA is off because it is six times slower there, and operations run in a fixed order, so
that the same seed gives the same numbers.
"""

from dataclasses import dataclass

import keras

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.machine import cores


@dataclass(frozen=True)
class Device:
    """The device that a model runs on.

    Attributes
    ----------
    name : str
        Kind, number and backend, for messages.
    gpu : bool
        Whether it is a GPU.
    policy : str
        Keras' dtype policy for training.
    """

    name: str
    gpu: bool
    policy: str


def prepare(config: Config) -> Device:
    """Set up the Keras backend, and find its device.

    Raises
    ------
    ConfigError
        If `config` requires a GPU and there is none.
    """
    device = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]()
    if config.gpu == "require" and not device.gpu:
        raise ConfigError(f"gpu='require': {device.name}, expected a GPU that the driver and {keras.backend.backend()} see")
    keras.config.set_dtype_policy(device.policy)
    return device


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
    """Describe a GPU, with a policy that its compute capability supports.

    NVIDIA GPUs have units for 16-bit floats from capability 7.0 on. From 8.0 on they have units for bfloat16, which needs no
    loss scaling.
    """
    policy = "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return Device(f"{number} GPU, {name}, {policy} ({keras.backend.backend()})", gpu=True, policy=policy)
