import Basics

extension PT2Error {
    /// What a person is told: the code, the file, what is wrong with it and what to do. `file` is the path as the user gave it; nil where only the content counts.
    package func diagnostic(in file: String?) -> Diagnostic {
        let text = self.text
        return Diagnostic(code, text.message, at: file.map { SourcePosition(file: $0) }, notes: text.notes, help: text.help)
    }

    /// The parts of a diagnostic that differ from case to case.
    private typealias Text = (message: String, notes: [String], help: String)

    package var code: DiagnosticCode {
        switch self {
        case .unreadable: .unreadableFile
        case .notAnArchive: .notAnArchive
        case .truncated: .truncatedArchive
        case .malformedArchive: .malformedArchive
        case .compressedMember, .encryptedMember: .compressedMember
        case .checksumMismatch: .checksumMismatch
        case .unsupportedArchive: .unsupportedArchive
        case .missingMember: .missingMember
        case .malformedJSON(_, let error): error.code
        case .malformedProgram: .malformedProgram
        case .unsupportedSchema: .unsupportedSchema
        case .malformedExpression: .malformedExpression
        case .storageTooShort, .malformedTensor(_, .rank), .malformedTensor(_, .negative), .malformedTensor(_, .symbolic),
            .malformedTensor(_, .tooLarge):
            .storageTooShort
        case .malformedTensor: .unknownElementType
        case .pickledPayload: .pickledPayload
        case .malformedPickle(let problem): problem.code
        case .inMember(_, let error): error.code
        case .missingWeight: .missingWeight
        case .malformedSafetensors: .malformedSafetensors
        }
    }

    private static let copyAgain = "copy or download the file again, or export the model again"
    private static let exportAgain = "export the model again with torch.export.save of PyTorch 2.9 or later"

    private var text: Text {
        switch self {
        case .unreadable(let error): (error.description, [], "check the path and its permissions")
        case .notAnArchive(let file): Self.text(of: file)
        case .truncated:
            ("the archive is cut short", ["a ZIP file ends with its directory; this one does not"], Self.copyAgain)
        case .malformedArchive(let problem):
            ("the archive is damaged: \(problem.text)", [], Self.copyAgain)
        case .compressedMember(let member, let method):
            (
                "member '\(member)' is compressed (method \(method))", ["tensors are mapped in place, so members must be stored"],
                "repack the archive with `zip -0`, or export the model again"
            )
        case .encryptedMember(let member): ("member '\(member)' is encrypted", [], Self.exportAgain)
        case .checksumMismatch(let member, let stated, let found):
            (
                "member '\(member)' is damaged",
                ["its checksum is \(Self.hex(found)), the directory states \(Self.hex(stated))"], Self.copyAgain
            )
        case .unsupportedArchive(let reason): (reason.message, [], reason.help)
        case .missingMember(let member): ("the archive has no member '\(member)'", [], Self.exportAgain)
        default: programText
        }
    }

    private var programText: Text {
        switch self {
        case .malformedJSON(let member, let error): (error.message, error.notes(in: member), error.help)
        case .malformedProgram(let member, let problem):
            ("the program contradicts itself: \(problem.text)", ["in '\(member)'"], Self.exportAgain)
        case .unsupportedSchema(let major, let minor):
            (
                "the program's schema is \(major).\(minor); only the major versions 7 and 8 are read", [],
                "export the model again with a PyTorch release that writes it, or update reglaze"
            )
        case .malformedExpression(let text, let problem):
            (
                "the symbolic size '\(text.prefix(120))' \(problem.text)", [],
                "export the model with static shapes, or report the expression"
            )
        case .storageTooShort(let tensor, let needed, let present):
            (
                "tensor '\(tensor)' reaches outside its storage",
                ["it needs \(needed) bytes, the file holds \(present)"], Self.copyAgain
            )
        case .malformedTensor(let tensor, let problem): ("tensor '\(tensor)' \(problem.text)", [], problem.help)
        case .pickledPayload(let name):
            (
                "'\(name)' is stored as a Python pickle, which is never opened", [],
                "lower tensor subclasses to plain tensors, and remove custom objects, before torch.export"
            )
        case .missingWeight(let name): ("the archive lists no tensor '\(name)'", [], Self.exportAgain)
        case .malformedPickle(let problem): (problem.message, problem.notes, problem.help)
        case .malformedSafetensors(let problem): (problem.message, [], "write the file again")
        case .inMember(let member, let error):
            (error.text.message, error.text.notes + ["in the archive's member '\(member)'"], error.text.help)
        default: ("", [], "")
        }
    }

    private static func text(of file: ForeignFile) -> Text {
        switch file {
        case .empty: ("the file is empty", [], exportAgain)
        case .gitLFSPointer:
            ("the file is a Git LFS pointer, not an archive", [], "fetch the content with `git lfs pull`")
        case .unknown:
            ("the file is not a .pt2 archive", ["a .pt2 archive begins with the bytes 'PK'"], exportAgain)
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
