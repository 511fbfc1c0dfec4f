#ifndef CLOSTPAGES_H
#define CLOSTPAGES_H

/// From now on a page of a mapped file that cannot be read, because the file was cut short or its disk fails, reads as zeros and is counted, where the system would
/// end the process (SIGBUS). For the process as a whole; 0 when it could be arranged.
int reglaze_count_lost_pages(void);

/// How many pages were lost so far.
unsigned long reglaze_lost_pages(void);

/// Gives the first bytes of a file their room on the disk, also where it is shorter as yet, so that none of its pages is lost when it is written to through a
/// map. The file's size stays. 0, or the error's number; EOPNOTSUPP where the file system has no such call.
int reglaze_reserve_pages(int descriptor, long bytes);

#endif
