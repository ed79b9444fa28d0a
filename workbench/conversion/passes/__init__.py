"""Rewrites of an analog network, one file each; every pass says what it expects and keeps."""
