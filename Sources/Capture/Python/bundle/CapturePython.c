// SwiftPM copies resources for targets that have a source file; this is it.
#include "CapturePython.h"
