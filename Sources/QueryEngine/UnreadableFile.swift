import Basics
import Glibc

/// What stands for the content of a file that is there and cannot be read: what is told of it depends on why, so the reason is an input like any content.
package enum UnreadableFile {
    /// The upper half of all these fingerprints; the lower one is the error number. That content has such a fingerprint is as likely as 1 in 2⁹⁶.
    private static let mark: UInt64 = 0x756e_7265_6164_61b1

    /// The fingerprint for a failed attempt to read; nil where there is no file.
    package static func fingerprint(_ error: FileError) -> Fingerprint? {
        if [ENOENT, ENOTDIR].contains(error.errorNumber) { return nil }
        return Fingerprint(high: mark, low: UInt64(UInt32(bitPattern: error.errorNumber)))
    }

    /// The error number that a fingerprint stands for; nil when it is of content.
    static func errorNumber(_ fingerprint: Fingerprint) -> Int32? {
        guard fingerprint.high == mark, let number = UInt32(exactly: fingerprint.low) else { return nil }
        return Int32(bitPattern: number)
    }
}
