"""Triton without a container: the server's binary out of the `nvidia-pytriton` wheel.

The wheel is used for its binary alone; the model repository is a plain one, `config.pbtxt` and
ONNX, which the backend in `onnxruntime_backend` serves on the CPU.
"""

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess, choose_free_port
from stream.local.embedded_server import EmbeddedServer, require

_BACKEND = Path(__file__).parent / "onnxruntime_backend"
_READY = r"Started GRPCInferenceService at"
_TELLING_LINES = r"^E\d.*(failed to|Poll failed)|^(E\d.*)?(error|Failed)"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Triton's Python backend keeps tensors
_EXIT_TIMEOUT_SECONDS = 5


class TritonProcess(EmbeddedServer):
    """A Triton server in a child process, without HTTP and metrics ports.

    Every model of the repository is loaded, or the start fails; so it does where this machine
    cannot run it.

    Args:
        model_repository: Folder of model folders, each with `config.pbtxt` and `<n>/model.onnx`.
        folder: Where the backend directory and `triton.log` are written; one server at a time.
        port: The gRPC port; default: a free one, kept when the server is started again.
        start_timeout_seconds: How long loading the models may take.
        arguments: More arguments of `tritonserver`.
    """

    def __init__(
        self,
        model_repository: Path,
        folder: Path,
        *,
        port: int | None = None,
        start_timeout_seconds: float = 60,
        arguments: Sequence[str] = (),
    ) -> None:
        self._repository = model_repository.resolve()
        self._folder = folder.resolve()
        self._arguments = tuple(arguments)
        self._port = port or choose_free_port()
        self._shared_memory_prefix = f"twinlist_triton_{os.getpid()}_{self._port}_"
        super().__init__(
            log_file=self._folder / "triton.log",
            ready=_READY,
            start_timeout_seconds=start_timeout_seconds,
            stop_timeout_seconds=2 * _EXIT_TIMEOUT_SECONDS,
        )

    @property
    def url(self) -> str:
        """Host and port of the gRPC endpoint, as `TWINLIST_TRITON__URL` takes it."""
        return f"127.0.0.1:{self._port}"

    def check(self) -> None:
        """Raise `StopError` if this is no Linux on x86-64, or the wheel is not installed."""
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise StopError(
                "the embedded Triton runs on Linux x86-64 only, and this is "
                f"{platform.system()} {platform.machine()}: run everything in containers by "
                "deploy/compose.yaml, or name a running Triton with --triton HOST:PORT"
            )
        for module in ("pytriton", "onnxruntime"):
            _find(module)

    def _prepare(self) -> ChildProcess:
        wheel = _find("pytriton").parent
        if not self._repository.is_dir():
            raise StopError(f"The model repository {self._repository} is no folder.")
        backends = _assemble_backends(wheel, self._folder / "backends")
        return ChildProcess(
            "Triton",
            self._command(wheel, backends),
            log_file=self.log_file,
            environment=_environment(wheel),
            telling_lines=_TELLING_LINES,
        )

    def _command(self, wheel: Path, backends: Path) -> tuple[str, ...]:
        return (
            str(wheel / "tritonserver" / "bin" / "tritonserver"),
            f"--model-repository={self._repository}",
            f"--backend-directory={backends}",
            f"--backend-config=python,shm-region-prefix-name={self._shared_memory_prefix}",
            "--grpc-address=127.0.0.1",
            f"--grpc-port={self._port}",
            "--allow-http=false",
            "--allow-metrics=false",
            # The configs say everything; completing them would start each model twice.
            "--disable-auto-complete-config",
            f"--exit-timeout-secs={_EXIT_TIMEOUT_SECONDS}",
            *self._arguments,
        )

    def _clean_up(self) -> None:
        """Remove what killed model processes left, which would stay until the next reboot."""
        for leftover in SHARED_MEMORY.glob(f"{self._shared_memory_prefix}*"):
            leftover.unlink(missing_ok=True)


def _find(module: str) -> Path:
    """Return where a module that the server needs lies. Raises `StopError`."""
    return require(module, "the embedded Triton", "--triton HOST:PORT")


def _assemble_backends(wheel: Path, folder: Path) -> Path:
    """Write a backend directory with the Python backend and ours; return it.

    Copies, because Triton refuses links that lead out of the directory.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = wheel / "tritonserver" / "python_backend_stubs" / version / "triton_python_backend_stub"
    if not stub.is_file():
        raise StopError(f"nvidia-pytriton has no Triton backend for Python {version}.")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(wheel / "tritonserver" / "backends" / "python", folder / "python")
    shutil.copy2(stub, folder / "python")
    shutil.copytree(_BACKEND, folder / "onnxruntime")
    return folder


def _environment(wheel: Path) -> dict[str, str]:
    """What lets the server find its libraries, and its model processes this Python's packages.

    These embed an isolated interpreter, which ignores PYTHONPATH and takes the environment of the
    first `python3` on PATH.
    """
    libraries = (sysconfig.get_config_var("LIBDIR"), str(wheel.parent / "nvidia_pytriton.libs"))
    programs = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
    return {
        **os.environ,
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "PATH": os.pathsep.join(programs),
        "CUDA_VISIBLE_DEVICES": "",  # the backend computes on the CPU
    }
