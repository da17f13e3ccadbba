"""Pretrained encoders: networks that turn audio into vectors (embeddings), as ONNX files with a description."""
