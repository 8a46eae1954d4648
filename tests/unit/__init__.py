"""Tests of single modules, one folder for each part of the package."""
