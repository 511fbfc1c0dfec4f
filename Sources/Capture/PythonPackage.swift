import Basics
import Glibc

/// The Python package of capture: files that lie beside the executable.
package struct PythonPackage: Sendable, Hashable {
    /// The folder that Python searches for `reglaze_capture`.
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// The package beside the running executable, or beside one of the folders above it, as in a test bundle.
    package static func besideExecutable() -> PythonPackage {
        let bundle = "reglaze_CapturePython.resources"
        let executable = realPath("/proc/self/exe") ?? "/"
        var parts = executable.split(separator: "/").dropLast().map(String.init)
        let beside = "/" + parts.joined(separator: "/") + "/" + bundle
        while !parts.isEmpty {
            let candidate = "/" + parts.joined(separator: "/") + "/" + bundle
            if access(candidate + "/reglaze_capture/__main__.py", R_OK) == 0 { return PythonPackage(directory: candidate) }
            parts.removeLast()
        }
        return PythonPackage(directory: beside)
    }

    package var isPresent: Bool { access(directory + "/reglaze_capture/__main__.py", R_OK) == 0 }

    /// Of the names and contents of all its modules: another content may capture otherwise. About 1 ms.
    package var fingerprint: Fingerprint {
        var encoder = CanonicalEncoder()
        add("reglaze_capture", to: &encoder)
        return encoder.fingerprint
    }

    private func add(_ folder: String, to encoder: inout CanonicalEncoder) {
        for name in Directory.names(in: "\(directory)/\(folder)") {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".py") {
                encoder.append(path)
                encoder.append((try? ByteStorage(mapping: "\(directory)/\(path)"))?.fingerprint)
            } else if !name.contains("."), name != "__pycache__", name != "explanations" {
                add(path, to: &encoder)
            }
        }
    }

    /// An example of a diagnostic's explanation, such as `before.py`; nil when there is none.
    package func explanation(_ code: String, _ file: String) -> String? {
        guard let storage = try? ByteStorage(mapping: "\(directory)/reglaze_capture/explanations/\(code)/\(file)") else { return nil }
        return withExtendedLifetime(storage) { String(validating: storage.bytes, as: UTF8.self) }
    }
}

/// The absolute path without links; nil when there is nothing there.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
