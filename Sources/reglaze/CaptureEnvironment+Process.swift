import Capture
import Glibc

extension CaptureEnvironment {
    /// What this process's environment says about capturing in a workspace. Continuous integration leaves no server behind.
    init(workspace: String, usesServer: Bool) {
        let runtime = Self.variable("XDG_RUNTIME_DIR").map { "\($0)/reglaze" } ?? "/tmp/reglaze-\(getuid())"
        self.init(workspace: workspace, runtimeDirectory: runtime)
        virtualEnvironment = Self.variable("VIRTUAL_ENV")
        searchPath = Self.variable("PATH") ?? ""
        pythonPath = Self.variable("PYTHONPATH")
        variables = ProcessEnvironment.variables
        self.usesServer = usesServer && Self.variable("CI") != "true"
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
