import Basics

/// The file format of a program image (`.rgi`), version 1. All numbers little-endian.
///
/// ```
/// offset 0    magic "RGLZIMG\n"                        8 bytes
///        8    version                                  UInt32, 1
///       12    number of sections                       UInt32, 6
///       16    file size                                UInt64
///       24    offset of the section table              UInt64: the table is the end of the file
///       32    zero                                     32 bytes
///       64    the sections, each at a multiple of 64, zero between them, in the order of the table
///             the section table: per section           40 bytes
///               kind UInt32, zero UInt32, offset UInt64, size UInt64, XXH3-128 of the section's bytes (high, low UInt64)
///             XXH3-128 of header and table             16 bytes (high, low UInt64)
/// ```
/// The table stands at the end so that the file is written in one pass while it is hashed. Sections other than the constants hold canonical bytes
/// (`CanonicalEncoder`); the constants segment holds packed weights, each tensor at a multiple of 64, so that a mapped image is read in place.
/// The work that shaped it: one edit writes a new image of tens of megabytes of which only code and bindings are new, and a simulator maps it.
package enum ProgramImageFormat {
    package static let magic: [UInt8] = Array("RGLZIMG\n".utf8)
    package static let version: UInt32 = 1
    package static let alignment = 64
    static let headerBytes = 64
    static let tableEntryBytes = 40
    static let tableDigestBytes = 16

    /// The sections, in file order.
    package enum Section: UInt32, CaseIterable, Sendable {
        /// `TargetDescription`
        case target = 1
        /// Array of `KernelObject`
        case kernels
        /// Memory plan, constant bytes, steps with their binding tables, inputs, outputs
        case program
        /// `ProgramNames`
        case names
        /// Packed weights, raw
        case constants
        /// Reserved for tools: empty in version 1, ignored by readers
        case notes

        package var name: String { String(describing: self) }
    }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }
}

/// Why bytes are no program image. The environment's fault (a damaged or foreign file) or, for `.invalid`, possibly ours.
package enum ProgramImageError: Error, Equatable, Sendable {
    case file(FileError)
    case notAnImage
    case unsupportedVersion(UInt32)
    /// The header promises another size than the file has.
    case truncated(expectedBytes: Int, actualBytes: Int)
    case malformedHeader(String)
    case checksumMismatch(section: String)
    case malformedSection(String, CanonicalDecodingError)
    /// Sections that read well but make no program.
    case invalid(String)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .notAnImage: "this is not a Reglaze program image"
        case .unsupportedVersion(let version): "program image version \(version) is not supported"
        case .truncated(let expected, let actual): "the file has \(actual) bytes where its header says \(expected)"
        case .malformedHeader(let reason): "the header is damaged: \(reason)"
        case .checksumMismatch(let section): "the \(section) section does not match its checksum"
        case .malformedSection(let section, let error): "the \(section) section cannot be read: \(error)"
        case .invalid(let reason): "the image makes no program: \(reason)"
        }
    }

    /// What a person is told.
    package func diagnostic(path: String) -> Diagnostic {
        Diagnostic(
            .damagedImage, "cannot use program image \(path): \(description)",
            help: "build the model again to replace the image")
    }
}
