import ArgumentParser
import Basics
import Capture
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
        var found: Workspace?
        var findings: [DoctorDocument.Finding] = [.init(.ok, "reglaze \(Reglaze.configuration.version)", nil)]
        do {
            let session = try Session.open(workspace, console: output.console)
            found = session.workspace
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
        findings += python(found)
        return findings
    }

    /// Capture needs Python with PyTorch; compiling captured programs does not.
    private func python(_ workspace: Workspace?) -> [DoctorDocument.Finding] {
        let root = workspace.map { $0.root == "." ? "" : $0.root } ?? ""
        var environment = CaptureEnvironment(workspace: FilePath.join(FilePath.workingDirectory, root), usesServer: true)
        workspace?.manifest?.capture.configure(&environment)
        let purpose = "only needed to capture programs"
        let remedy = "python3 -m venv .venv && .venv/bin/pip install torch safetensors"
        let interpreter: PythonInterpreter
        do throws(CaptureError) { interpreter = try PythonInterpreter.find(environment) } catch {
            return [.init(.note, "no Python (\(purpose))", remedy)]
        }
        let packages = interpreter.packages
        var findings = [DoctorDocument.Finding(.ok, "python \(interpreter.version ?? "of unknown version"): \(interpreter.path)", nil)]
        let wanted = ["torch", "safetensors"].filter { packages[$0] == nil }
        if wanted.isEmpty {
            let versions = ["torch", "torchvision", "torchao", "safetensors"].compactMap { name in packages[name].map { "\(name) \($0)" } }
            findings.append(.init(.ok, "capture with \(versions.joined(separator: ", "))", nil))
        } else {
            findings.append(.init(.note, "this Python has no \(wanted.joined(separator: " and no ")) (\(purpose))", remedy))
        }
        if !environment.package.isPresent {
            findings.append(
                .init(.fail, "the Python package of capture is not at \(environment.package.directory)", "install reglaze again"))
        }
        return findings
    }
}
