import Basics
import Capture
import GraphPasses
import Operators
import PT2

/// Captures the entries of a suite, one after the other, and imports what came of each.
package struct SuiteCapture: Sendable {
    private let capture: Capture
    /// The suite's file, relative to the workspace.
    private let suite: String
    /// Where archives stay; nil to keep none.
    private let directory: String?

    package init(suite: String, directory: String?, _ environment: CaptureEnvironment) throws(CaptureError) {
        capture = try Capture(environment)
        self.suite = suite
        self.directory = directory
    }

    /// The names of all entries. Throws the suite's own diagnostics when it cannot be read.
    package func names() throws -> [String] {
        let request = CaptureRequest(.listSuite(suite), capture.environment)
        switch try capture.answer(request, isCancelled: { false }) {
        case .names(let names): return names
        case .refused(let diagnostics, _): throw DiagnosticList(diagnostics)
        default: throw CaptureError.protocolViolation("capture answers with something else than names")
        }
    }

    /// Captures one entry.
    package func run(_ name: String) throws(FileError) -> Scorecard.Entry {
        let scratch = try ScratchDirectory(below: nil)
        let folder = directory ?? scratch.path
        var specification = CaptureSpecification(source: "\(suite):@\(name)")
        specification.isPartialAccepted = true
        let request = CaptureRequest(
            .capture(specification, output: "\(folder)/\(name).pt2", reference: directory.map { "\($0)/\(name)" }),
            capture.environment)
        do throws(CaptureError) {
            switch try capture.answer(request, isCancelled: { false }) {
            case .done(let files): return Self.entry(name, files)
            case .refused(let diagnostics, _): return Scorecard.Entry(name: name, outcome: .refused, reasons: Self.reasons(diagnostics))
            default: throw CaptureError.protocolViolation("capture answers with something else than a program")
            }
        } catch { return Scorecard.Entry(name: name, outcome: .failed, reasons: Self.reasons(error.diagnostics)) }
    }

    private static func entry(_ name: String, _ files: CapturedFiles) -> Scorecard.Entry {
        let isPartial = files.hostPlan != nil
        return Scorecard.Entry(
            name: name, outcome: isPartial ? .partly : .captured, files: files, reasons: isPartial ? reasons(files.diagnostics) : [],
            missingOperators: missingOperators(in: files.archive))
    }

    private static func reasons(_ diagnostics: [Diagnostic]) -> [Scorecard.Reason] {
        diagnostics.filter { $0.severity != .note }.map(Scorecard.Reason.init)
    }

    /// Calls of an archive's programs that no rule imports, by overload.
    package static func missingOperators(in archive: String) -> [String: Int] {
        var missing: [String: Int] = [:]
        do throws(PT2Error) {
            let archive = try Archive(mapping: archive)
            for name in archive.programNames {
                for (operation, uses) in missingOperators(of: try archive.program(named: name)) { missing[operation, default: 0] += uses }
            }
        } catch { missing["(the archive cannot be read: \(error))"] = 1 }
        return missing
    }

    private static func missingOperators(of program: Program) -> [String: Int] {
        let refused: [Diagnostic]
        do throws(DiagnosticList) {
            _ = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
            return [:]
        } catch { refused = error.diagnostics }
        let names = Set(
            refused.filter { $0.code == .unsupportedOperator }.compactMap { $0.message.split(separator: " ").first.map(String.init) })
        var uses: [String: Int] = [:]
        for name in program.graph.nodes.map({ String($0.target.trimmingPrefix("torch.ops.")) }) where names.contains(name) {
            uses[name, default: 0] += 1
        }
        // An operator inside a nested graph has no node here, and is wanted all the same.
        for name in names where uses[name] == nil { uses[name] = 1 }
        return uses
    }
}
