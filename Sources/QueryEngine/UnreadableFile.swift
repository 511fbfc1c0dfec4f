import Basics
import Glibc

/// What stands for the content of a file that is there and cannot be read: what is told of it depends on why, so the reason is an input like any content.
package enum UnreadableFile {
    private static let fingerprints = Dictionary(uniqueKeysWithValues: (-1...133 as ClosedRange<Int32>).map { ($0, fingerprint(of: $0)) })
    private static let errorNumbers = Dictionary(uniqueKeysWithValues: fingerprints.map { ($1, $0) })

    private static func fingerprint(of errorNumber: Int32) -> Fingerprint {
        Fingerprint(hashing: "reglaze.unreadable \(errorNumber)")
    }

    /// The fingerprint for a failed attempt to read; nil where there is no file.
    package static func fingerprint(_ error: FileError) -> Fingerprint? {
        [ENOENT, ENOTDIR].contains(error.errorNumber) ? nil : fingerprints[error.errorNumber] ?? fingerprint(of: error.errorNumber)
    }

    /// The error number that a fingerprint stands for; nil when it is of content.
    static func errorNumber(_ fingerprint: Fingerprint) -> Int32? { errorNumbers[fingerprint] }
}
