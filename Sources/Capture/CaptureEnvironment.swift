import Basics

/// Where and how this process captures; what the command read of its flags, the manifest and the environment.
package struct CaptureEnvironment: Sendable {
    /// The workspace, absolute and without links.
    package var workspace: String
    /// `[capture] python`, relative to the workspace or absolute.
    package var configuredPython: String?
    /// `$VIRTUAL_ENV`.
    package var virtualEnvironment: String?
    /// `$PATH`.
    package var searchPath = ""
    /// `$PYTHONPATH`: what the user's modules may be found by.
    package var pythonPath: String?
    /// All variables, which the model's code may read; nil where the process's are none of its business.
    package var variables: [String: String]?
    /// Where sockets lie; made with access for the user alone.
    package var runtimeDirectory: String
    /// False in continuous integration and with `--no-server`: every capture is a process of its own.
    package var usesServer = true
    /// How long an unused server stays.
    package var idleSeconds = 600
    /// How long one capture may take.
    package var timeoutSeconds = 600
    package var package: PythonPackage

    package init(workspace: String, runtimeDirectory: String, package: PythonPackage = .besideExecutable()) {
        self.workspace = realPath(workspace) ?? workspace
        self.runtimeDirectory = runtimeDirectory
        self.package = package
    }

    /// An absolute path for one of the workspace.
    package func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(workspace)/\(path)" }
}
