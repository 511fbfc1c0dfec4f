import Basics
import Machine

/// What is compiled: a program, for a target, in a precision.
struct ProgramSpecification: Sendable, Hashable {
    /// The model's name, for people.
    let model: String
    /// The archive, relative to the workspace or absolute.
    let program: String
    let target: TargetDescription
    let precision: Precision

    var label: String { "\(model)/\(target.name)" }
}

extension ProgramSpecification: CanonicalEncodable {
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(program)
        encoder.append(target)
        encoder.append(precision.rawValue)
    }
}
