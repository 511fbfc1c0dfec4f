// The Python package is files only: a C target needs a header, and this one declares nothing.
