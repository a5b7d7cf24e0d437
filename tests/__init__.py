"""The tests mirror the packages that they watch over."""
