import pytest

from tests.support.onnx_models import OnnxModels


@pytest.fixture(scope="package")
def models() -> OnnxModels:
    return OnnxModels()
