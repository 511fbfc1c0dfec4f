import Basics

/// Why an archive, a program or a tensor file could not be read. Every case is the file's fault, never ours.
package enum PT2Error: Error, Hashable, Sendable {
    case unreadable(FileError)
    case notAnArchive(ForeignFile)
    case truncated
    case malformedArchive(ArchiveProblem)
    case compressedMember(String, method: Int)
    case encryptedMember(String)
    case checksumMismatch(member: String, stated: UInt32, found: UInt32)
    case unsupportedArchive(UnsupportedArchive)
    case missingMember(String)
    case malformedJSON(member: String, JSONError)
    case malformedProgram(member: String, ProgramProblem)
    case unsupportedSchema(major: Int, minor: Int)
    case malformedExpression(text: String, ExpressionProblem)
    case storageTooShort(tensor: String, needed: Int, present: Int)
    case malformedTensor(String, TensorProblem)
    case pickledPayload(String)
    case malformedPickle(PickleProblem)
    case missingWeight(String)
    case malformedSafetensors(SafetensorsProblem)
    /// A failure in a member that is an archive itself.
    indirect case inMember(String, PT2Error)

    /// What the file is instead of an archive, when it can be told.
    package enum ForeignFile: Hashable, Sendable {
        case empty, gitLFSPointer, unknown
    }

    /// How the archive's directory contradicts itself or the file. Offsets count bytes from the start of the file.
    package enum ArchiveProblem: Hashable, Sendable {
        case severalDisks
        case contradictoryDirectory(String)
        case entry(at: Int, String)
        case member(String, String)
        case overlap(String, String)
        case duplicate(String)
        case name(String, String)
        case noRootFolder(String)
        case empty
    }

    /// An archive that is well-formed, but not one that is read.
    package enum UnsupportedArchive: Hashable, Sendable {
        case format(String)
        case version(String)
        case byteOrder(String)
        case savedByTorchSave
        /// What `torch.save` wrote before PyTorch 1.6.
        case plainPickle
        case torchScript
        case noProgram
    }

    /// A program or a payload table that is JSON, but contradicts itself.
    package enum ProgramProblem: Hashable, Sendable {
        case undefinedValue(String, at: String)
        case redefinedValue(String)
        case untypedValue(String)
        case signatureLength(String, specified: Int, present: Int)
        case signatureName(String, specified: String, present: String)
    }

    /// A tensor whose type says what cannot be, or what is not supported.
    package enum TensorProblem: Hashable, Sendable {
        case rank(sizes: Int, strides: Int)
        case negative
        case symbolic
        case tooLarge
        case unsupportedElementType(String)
        case unsupportedLayout(String)
    }

    /// How a safetensors file contradicts its format.
    package enum SafetensorsProblem: Hashable, Sendable {
        case truncated
        case headerLength(UInt64)
        case header(JSONError)
        case elementType(String, tensor: String)
        case shape(tensor: String)
        case range(tensor: String)
        case gap(at: Int)
        case missing(String)
    }
}
