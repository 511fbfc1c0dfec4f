import Basics
import Capture
import Machine
import QueryEngine

extension Session {
    /// How a session captures: what the command found in flags and environment, then what the manifest says.
    static func capturing(_ workspace: Workspace, _ options: Options, cacheDirectory: String?) -> Capturing {
        let root = FilePath.join(FilePath.workingDirectory, workspace.root == "." ? "" : workspace.root)
        var environment = options.capture ?? CaptureEnvironment.withoutServer(workspace: root)
        workspace.manifest?.capture.configure(&environment)
        return Capturing(
            environment, directory: cacheDirectory.map { FilePath.join(FilePath.workingDirectory, $0) + "/capture" },
            observer: options.captureObserver)
    }

    /// A build that knows the versions of what captures. Where a file changes while something is made of it, another one that looks at all anew, twice at most, and
    /// not at once: whoever writes a file may need a moment to finish. `isLast`: what moves now, the body may tell itself.
    package func withBuild<Result: Sendable>(
        _ body: (_ build: Build, _ isLast: Bool) async throws -> Result
    ) async throws -> (Result, QueryEngine.BuildSummary) {
        var again = 2
        while true {
            do {
                let built = try await engine.withBuild(volatile: capturing.ingredients) { build in try await body(build, again == 0) }
                collectGarbage(after: built.1.generation)
                return built
            } catch let moved as InputMoved {
                guard again > 0 else { throw DiagnosticList([.restless([moved.path])]) }
                again -= 1
            } catch EngineError.notStored(let query, let reason) {
                throw DiagnosticList([.notStored(query, reason)])
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// What is compiled of a model for a target.
    func specification(_ model: ModelReference, _ target: TargetDescription, _ precision: Precision?) -> ProgramSpecification {
        let precision = precision ?? model.precision ?? .float
        return ProgramSpecification(
            model: model.name, program: model.program.quantised(for: precision), capturing: capturing, weights: model.weights,
            target: target, precision: precision)
    }

    /// Captures a source where something that it was made from has changed. Throws what is no finding about the model.
    package func capture(_ specification: CaptureSpecification, _ build: Build) async throws -> Evaluation<CapturedProgram> {
        do {
            return try await build.evaluate(CaptureQuery(specification, capturing))
        } catch CaptureError.cancelled {
            throw CancellationError()
        } catch let error as CaptureError {
            throw DiagnosticList(error.diagnostics)
        }
    }

    /// As `capture`, for the program of a build: nil when it failed, with the diagnostics in the outcome.
    func capture(_ program: ProgramOrigin, _ build: Build, _ outcome: inout BuildOutcome) async throws -> BuildReport.Capture?? {
        guard case .source(let specification) = program else { return .some(nil) }
        let clock = ContinuousClock()
        let start = clock.now
        outcome.captures.append(CaptureQuery(specification, capturing))
        do {
            let evaluation = try await capture(specification, build)
            outcome.isSettled = outcome.isSettled && evaluation.isSettled
            // What capture reports comes with the report of whatever is built of it.
            let captured = try evaluation.value()
            let ran = (evaluation.statistics.executed[CaptureQuery.kind] ?? 0) > 0
            return BuildReport.Capture(
                source: specification.source, program: captured, blocks: ran ? capturing.blockCounts(of: specification) : nil,
                statistics: evaluation.statistics, seconds: ran ? (clock.now - start).seconds : 0)
        } catch let list as DiagnosticList {
            outcome.diagnostics += list.diagnostics
            return nil
        }
    }
}

extension Manifest.Capture {
    /// What the manifest says goes before what the environment says.
    package func configure(_ environment: inout CaptureEnvironment) {
        environment.configuredPython = python
        environment.timeoutSeconds = timeoutSeconds ?? environment.timeoutSeconds
        environment.idleSeconds = idleSeconds ?? environment.idleSeconds
    }
}

extension CaptureEnvironment {
    /// For programs of ours that read no environment: every capture is a process of its own.
    static func withoutServer(workspace: String) -> CaptureEnvironment {
        var environment = CaptureEnvironment(workspace: workspace, runtimeDirectory: "")
        environment.usesServer = false
        return environment
    }
}
