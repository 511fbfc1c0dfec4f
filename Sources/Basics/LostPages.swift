import CLostPages

/// Pages of mapped files that could not be read: the file was cut short while it was mapped, or its disk fails.
public enum LostPages {
    /// Has them read as zeros and counted from now on, where the system would end the process. For the process as a whole: a program says so once, at its start, and
    /// then gives up what it made of mapped files whenever the count has grown.
    public static func tolerate() { _ = reglaze_count_lost_pages() }

    /// How many there were so far.
    package static var count: UInt { UInt(reglaze_lost_pages()) }

    /// Gives the first `bytes` of a file their room on the disk, also where it is shorter as yet, so that none is lost when it is written to through a map. The
    /// file's size stays. The error's number, or 0.
    package static func reserve(_ descriptor: Int32, bytes: Int) -> Int32 { reglaze_reserve_pages(descriptor, bytes) }
}
