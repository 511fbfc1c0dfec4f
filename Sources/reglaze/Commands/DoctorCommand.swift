import ArgumentParser
import Basics
import Glibc
import Pipeline

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What is installed, what is missing, and how to get it.")

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let findings = findings()
        if output.json {
            output.console.result(try JSONDocument.text(DoctorDocument(findings)))
        } else {
            for finding in findings {
                let verdict = finding.verdict.rawValue
                output.console.result("  \(verdict)\(String(repeating: " ", count: 6 - verdict.count))\(finding.text)")
                if let remedy = finding.remedy { output.console.result("        \(remedy)") }
            }
        }
        if findings.contains(where: { $0.verdict == .fail }) { throw ExitCode(1) }
    }

    private func findings() -> [DoctorDocument.Finding] {
        var findings: [DoctorDocument.Finding] = [.init(.ok, "reglaze \(Reglaze.configuration.version)", nil)]
        do {
            let session = try Session.open(workspace, console: output.console)
            if let manifest = session.workspace.manifest {
                findings.append(.init(.ok, "workspace \(manifest.name): \(Format.count(manifest.models.count, "model"))", nil))
            } else {
                findings.append(.init(.note, "no reglaze.toml here or above (fine: name .pt2 files by path)", nil))
            }
            let statistics = session.store.statistics()
            findings.append(.init(.ok, "store in \(session.cacheDirectory ?? "memory"), \(Format.bytes(statistics.bytesOnDisk))", nil))
            for warning in session.store.warnings { findings.append(.init(.note, warning.message, warning.help)) }
        } catch {
            for diagnostic in error.diagnostics { findings.append(.init(.fail, diagnostic.message, diagnostic.help)) }
        }
        findings.append(Self.python())
        return findings
    }

    /// Capture needs Python with PyTorch; compiling captured programs does not.
    private static func python() -> DoctorDocument.Finding {
        let environment = getenv("VIRTUAL_ENV").map { String(cString: $0) + "/bin/python" }
        let candidates = [environment, ".venv/bin/python"].compactMap { $0 }
        guard let python = candidates.first(where: FilePath.exists) else {
            return .init(
                .note, "no Python environment (only needed to capture programs)", "python3 -m venv .venv && .venv/bin/pip install torch")
        }
        return .init(.ok, "python \(python) (only needed to capture programs)", nil)
    }
}
