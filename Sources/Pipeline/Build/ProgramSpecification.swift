import Basics
import Machine

/// What is compiled: a program, for a target, in a precision.
struct ProgramSpecification: Sendable {
    /// The model's name, for people.
    let model: String
    let program: ProgramOrigin
    /// What captures a program that is given by its source; not part of the key.
    let capturing: Capturing
    /// The checkpoint that replaces an archive's weights, relative to the workspace or absolute.
    let weights: String?
    let target: TargetDescription
    let precision: Precision

    var label: String { "\(model)/\(target.name)" }
}

extension ProgramSpecification: CanonicalEncodable {
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(program)
        encoder.append(weights)
        encoder.append(target)
        encoder.append(precision.rawValue)
    }
}
