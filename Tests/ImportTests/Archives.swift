import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// The committed programs, imported.
enum Archives {
    static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined())

    /// `Tests/Fixtures/<name>.pt2`, or a program of `workspace-example`.
    static func path(_ name: String, _ ending: String = "pt2") -> String {
        let isExample = ["gazenet", "gazenet-edited", "handpose", "wakeword"].contains { name.hasPrefix($0) }
        return root + (isExample ? "/workspace-example/captured/" : "/Tests/Fixtures/") + "\(name).\(ending)"
    }

    static func program(_ name: String) throws -> (program: Program, archive: Archive) {
        let archive = try Archive(mapping: path(name))
        return (try archive.program(), archive)
    }

    static func imported(_ name: String) throws -> ImportedProgram {
        try ImportProgram.apply(to: program(name).program, operators: OperatorSet.standard)
    }

    /// What a program is refused for.
    static func refusal(_ program: Program) -> [Diagnostic] {
        do throws(DiagnosticList) {
            _ = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
            return []
        } catch { return error.diagnostics }
    }
}
