import Basics

/// Why a capture gave no answer. None of these is a property of the model, so none is ever stored.
package enum CaptureError: Error, Sendable, Hashable {
    /// No interpreter at any of these places.
    case noInterpreter(searched: [String])
    /// The Python package of capture is not beside the executable.
    case noPackage(String)
    /// The interpreter could not be started.
    case notStarted(String, errorNumber: Int32)
    /// The process ended without an answer: the signal, where there was one, and the end of what it wrote to its error stream.
    case died(signal: Int32?, errors: String)
    case timedOut(seconds: Int)
    case cancelled
    /// What the capture process says of its own death: a fork that crashed, ran out of memory or hung.
    case reported([Diagnostic])
    /// What it said makes no sense: a fault of ours.
    case protocolViolation(String)
    /// The capture process reports a failure of its own.
    case failed(message: String, traceback: String)
    case file(FileError)
}

extension CaptureError {
    /// What a person is told; never empty.
    package var diagnostics: [Diagnostic] {
        if case .reported(let diagnostics) = self { return diagnostics }
        return [diagnostic]
    }

    private var diagnostic: Diagnostic {
        switch self {
        case .noInterpreter(let searched):
            Diagnostic(
                .noPython, "there is no Python to capture with", notes: searched.map { "looked for \($0)" }, help: Self.environmentHelp)
        case .noPackage(let path):
            Diagnostic(
                .noPython, "the Python package of capture is not at \(path)",
                help: "keep the folder reglaze_CapturePython.resources beside the executable")
        case .notStarted(let python, let number):
            Diagnostic(.noPython, "\(python) cannot be started: \(FileError(path: python, operation: "start", errorNumber: number))")
        case .died(let signal, let errors):
            Diagnostic(
                .captureDied, "the capture process died" + (signal.map { " of signal \($0)" } ?? ""),
                notes: errors.split(separator: "\n").suffix(6).map(String.init),
                help: signal == 9 ? "signal 9 is what the system sends when memory runs out; try smaller inputs" : nil)
        case .timedOut(let seconds):
            Diagnostic(
                .captureTimedOut, "the capture took longer than \(seconds) s and was ended",
                help: "look for an endless loop in the model, or raise `timeout` in [capture]")
        case .cancelled, .reported: Diagnostic(.captureDied, "the capture was cancelled")
        case .protocolViolation(let text):
            .ownFault(.captureFault, text)
        case .failed(let message, let traceback): Self.failure(message, traceback)
        case .file(let error): Diagnostic(.captureFile, error.description, help: "free some space, or check the directory's permissions")
        }
    }

    private static let environmentHelp =
        "python3 -m venv .venv && .venv/bin/pip install torch safetensors; or name an interpreter: [capture] python = \"…\""

    /// A missing package is the environment's matter, everything else ours.
    private static func failure(_ message: String, _ traceback: String) -> Diagnostic {
        if message.contains("ModuleNotFoundError") {
            return Diagnostic(.noPython, "this Python cannot capture: \(message)", help: environmentHelp)
        }
        return .ownFault(
            .captureFault, "capture failed: \(message)", notes: traceback.split(separator: "\n").suffix(6).map(String.init))
    }
}
