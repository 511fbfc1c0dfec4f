"""What may go otherwise the next time, though nothing that was noted has changed: the network, free memory, a busy device."""

import errno

import torch

# What the file system says of a path. Which paths were asked for is noted, so that an answer which changes is seen.
_OF_PATHS = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EACCES,
    errno.EPERM,
    errno.EINVAL,
    errno.ENOTEMPTY,
    errno.EBADF,
    errno.ESPIPE,
}


def is_passing(error: BaseException | None) -> bool:
    """Whether the error, or one that led to it, is of a sort that time may heal.

    Errors of the network have no number, or one that is of no path: those of urllib, requests and the hubs of models are all `OSError`.
    """
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
            return True
        if isinstance(error, OSError) and error.errno not in _OF_PATHS:
            return True
        error = error.__cause__ or error.__context__
    return False
