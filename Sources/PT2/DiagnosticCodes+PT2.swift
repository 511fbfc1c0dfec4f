import Basics

extension DiagnosticCode {
    /// The file is not a `.pt2` archive at all: wrong magic, an empty file, a Git LFS pointer.
    package static let notAnArchive = DiagnosticCode("I001")

    /// The archive ends before its directory: an interrupted copy or download.
    package static let truncatedArchive = DiagnosticCode("I002")

    /// The archive's directory contradicts itself or the file: overlaps, names with tricks, sizes beyond the end.
    package static let malformedArchive = DiagnosticCode("I003")

    /// A member is compressed or encrypted; members are mapped in place, so they must be stored.
    package static let compressedMember = DiagnosticCode("I004")

    /// A member's bytes do not have the checksum that the directory states.
    package static let checksumMismatch = DiagnosticCode("I005")

    /// The archive's format, version or byte order is not one that is read, or it holds no program.
    package static let unsupportedArchive = DiagnosticCode("I007")

    /// A member that the program needs is not in the archive.
    package static let missingMember = DiagnosticCode("I008")

    /// A JSON member is not well-formed: cut, nested too deeply, a number out of range.
    package static let malformedJSON = DiagnosticCode("I009")

    /// The JSON is well-formed, but not a program: a missing field, an unknown kind of argument, an undefined name.
    package static let malformedProgram = DiagnosticCode("I010")

    /// The program's schema has another major version than the one that is read.
    package static let unsupportedSchema = DiagnosticCode("I011")

    /// A tensor has an element type or a memory layout that is unknown or not supported.
    package static let unknownElementType = DiagnosticCode("I012")

    /// A symbolic size cannot be read or has no value.
    package static let malformedExpression = DiagnosticCode("I013")

    /// A tensor's sizes, strides and offset reach outside its storage.
    package static let storageTooShort = DiagnosticCode("I014")

    /// A tensor or object that the program uses is a Python pickle, which is never opened.
    package static let pickledPayload = DiagnosticCode("I015")

    /// The program's schema is newer than the newest one tested; it is read all the same.
    package static let newerSchema = DiagnosticCode("I016")

    /// The program names a weight that the archive's tables do not list.
    package static let missingWeight = DiagnosticCode("I017")

    /// A safetensors file is not well-formed.
    package static let malformedSafetensors = DiagnosticCode("I018")

    /// The file cannot be opened or mapped.
    package static let unreadableFile = DiagnosticCode("I019")

    /// A pickle holds an object, a class or a function other than plain tensors and containers. Nothing in it is ever called.
    package static let pickledObject = DiagnosticCode("I030")

    /// A pickle is cut, damaged, or holds something else than was looked for.
    package static let malformedPickle = DiagnosticCode("I031")
}
