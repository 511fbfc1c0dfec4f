import Basics
import Capture
import Glibc
import QueryEngine
import Synchronization

/// How this process captures. Held by the queries, never part of their keys: what of it decides a result is an ingredient.
package final class Capturing: Sendable {
    package let environment: CaptureEnvironment
    /// Where blocks are remembered and captures are written before they become blobs, absolute; nil when nothing is kept.
    package let directory: String?
    /// Told of every phase of a capture.
    private let observer: (@Sendable (_ source: String, _ phase: String, _ seconds: Double) -> Void)?
    private let blocks = Mutex<[CaptureSpecification: [String: Int]]>([:])

    package init(
        _ environment: CaptureEnvironment, directory: String?,
        observer: (@Sendable (_ source: String, _ phase: String, _ seconds: Double) -> Void)? = nil
    ) {
        self.environment = environment
        self.directory = directory
        self.observer = observer
    }

    /// The same way of capturing, for a manifest that was read again.
    func configured(by manifest: Manifest?) -> Capturing {
        var environment = environment
        manifest?.capture.configure(&environment)
        return Capturing(environment, directory: directory, observer: observer)
    }

    /// Captures once. `output` is a folder for what is written.
    func capture(_ specification: CaptureSpecification, into output: String) throws(CaptureError) -> CaptureEvent {
        var request = CaptureRequest(
            .capture(specification, output: "\(output)/program.pt2", reference: "\(output)/reference"), environment)
        request.memo = directory
        request.isIncremental = environment.usesServer
        let answer = try Capture(environment).answer(
            request, isCancelled: { Task.isCancelled },
            observe: { event in
                if case .phase(let name, let seconds) = event { self.observer?(specification.source, name, seconds) }
            })
        if case .done(let files) = answer, let counts = files.blocks { blocks.withLock { $0[specification] = counts } }
        return answer
    }

    /// How many blocks the last capture of this process exported and reused; nil where it exported the whole.
    package func blockCounts(of specification: CaptureSpecification) -> [String: Int]? { blocks.withLock { $0[specification] } }

    /// The present versions of what captures: an interpreter's and its packages', told without starting it.
    package var ingredients: any IngredientSource { CaptureIngredients(environment) }
}

/// Names of ingredients: `capture` for our own Python package, `python`, `python path`, `packages` for all that is installed, `package torch` for one,
/// `variable NAME` for one of the environment.
final class CaptureIngredients: IngredientSource {
    private struct Installation {
        let version: String?
        let packages: [String: String]
    }

    private let environment: CaptureEnvironment
    private let installation = Mutex<Installation??>(nil)

    init(_ environment: CaptureEnvironment) { self.environment = environment }

    func ingredient(named name: String) -> IngredientValue? {
        if name.hasPrefix(Self.variablePrefix) {
            // Its text is nobody's business: it may be a secret, and the store is shared.
            return environment.variables?[String(name.dropFirst(Self.variablePrefix.count))].map {
                IngredientValue(fingerprint: Fingerprint(hashing: $0), text: "")
            }
        }
        if name.hasPrefix(Self.statePrefix) {
            return Self.state(environment.absolute(String(name.dropFirst(Self.statePrefix.count)))).map { IngredientValue($0) }
        }
        if name == Self.pythonPath { return environment.pythonPath.map { IngredientValue($0) } }
        if name == Self.ownPackage { return IngredientValue(fingerprint: environment.package.fingerprint, text: "") }
        guard let installed = installed() else { return nil }
        switch name {
        case Self.python: return installed.version.map { IngredientValue($0) }
        case Self.allPackages:
            var encoder = CanonicalEncoder()
            for (name, version) in installed.packages.sorted(by: { $0.key < $1.key }) { encoder.append("\(name) \(version)") }
            return IngredientValue(fingerprint: encoder.fingerprint, text: "")
        default:
            guard name.hasPrefix(Self.packagePrefix) else { return nil }
            return installed.packages[String(name.dropFirst(Self.packagePrefix.count))].map { IngredientValue($0) }
        }
    }

    static let ownPackage = "capture"
    static let python = "python"
    static let pythonPath = "python path"
    static let allPackages = "packages"
    static let packagePrefix = "package "
    static let variablePrefix = "variable "
    static let statePrefix = "state of "

    /// Size and permissions of a file: decimal and octal digits; nil where there is none.
    static func state(_ path: String) -> String? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        return "\(status.st_size) \(String(status.st_mode & 0o7777, radix: 8))"
    }

    private func installed() -> Installation? {
        installation.withLock { known in
            if let known { return known }
            let found = (try? PythonInterpreter.find(environment)).map { Installation(version: $0.version, packages: $0.packages) }
            known = .some(found)
            return found
        }
    }
}
