import Basics
import QueryEngine

/// Answers `why` from what the store remembers: across processes, for the last build that did something.
package struct Explanation: Sendable {
    /// One kernel and why it was generated in the last build.
    package struct Compiled: Sendable, Hashable {
        package let name: String
        package let target: String
        package let key: Fingerprint
        package let reasons: [String]
        package let microseconds: UInt64
    }

    /// The generation that is explained; nil when the store remembers no build.
    package let generation: UInt64?
    package let compiled: [Compiled]

    /// The kernels of `model` that the last build which touched the model has generated.
    package init(of model: String, in history: EngineHistory) {
        let prefix = KernelRole.prefix(model: model)
        for record in history.generations() {
            let executions = history.executions(in: record.generation)
            let isOfModel = executions.contains {
                $0.role?.hasPrefix(prefix) == true || $0.identity.builtProgram?.model == model
            }
            guard isOfModel else { continue }
            generation = record.generation
            compiled = executions.compactMap { execution in
                guard execution.identity.kind == GenerateQuery.kind, let role = execution.role,
                    let place = KernelRole.place(role, model: model)
                else { return nil }
                return Compiled(
                    name: place.kernel, target: place.target, key: execution.identity.key, reasons: execution.reason.lines,
                    microseconds: execution.durationMicroseconds)
            }
            return
        }
        generation = nil
        compiled = []
    }
}

/// The place of a kernel in a program, stable while the model is edited: the role under which the engine remembers it.
package enum KernelRole {
    package static func prefix(model: String) -> String { "\(model)/" }

    package static func role(model: String, target: String, kernel: String) -> String { "\(model)/\(target)/kernel \(kernel)" }

    /// The target and the kernel's name in a role of the model; nil for other roles.
    package static func place(_ role: String, model: String) -> (target: String, kernel: String)? {
        guard role.hasPrefix(prefix(model: model)) else { return nil }
        let parts = role.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[2].hasPrefix("kernel ") else { return nil }
        return (String(parts[1]), String(parts[2].dropFirst("kernel ".count)))
    }
}
